//! Pairs of a view one after the other, where two walks go side by side.

use std::{collections::VecDeque, ops::ControlFlow};

use crate::{
    Fault, Order, Span,
    backend::{Space, View},
};

/// Pairs fetched at a time. A caller that stops early has read at most this much for nothing.
const STRIDE: usize = 64;

/// An iterator over the pairs of one space.
pub(crate) struct Cursor<'a> {
    view: &'a dyn View,
    space: Space,
    /// What has not been fetched yet.
    span: Span,
    order: Order,
    fetched: VecDeque<(Vec<u8>, Vec<u8>)>,
    done: bool,
}

impl<'a> Cursor<'a> {
    /// Before the first pair of `span` in `order`.
    pub(crate) fn new(view: &'a dyn View, space: Space, span: Span, order: Order) -> Self {
        let done = span.is_empty();
        Self { view, space, span, order, fetched: VecDeque::new(), done }
    }

    fn fetch(&mut self) -> Result<(), Fault> {
        let fetched = &mut self.fetched;
        self.view.scan(self.space, &self.span, self.order, &mut |key, value| {
            fetched.push_back((key.to_vec(), value.to_vec()));
            if fetched.len() < STRIDE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        self.done = self.fetched.len() < STRIDE;
        if let Some((key, _)) = self.fetched.back() {
            match self.order {
                // The key's first successor is the key with a zero byte behind it.
                Order::Ascending => self.span.from = [key.as_slice(), &[0]].concat(),
                Order::Descending => self.span.to = Some(key.clone()),
            }
        }
        Ok(())
    }
}

impl Iterator for Cursor<'_> {
    type Item = Result<(Vec<u8>, Vec<u8>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.fetched.is_empty()
            && !self.done
            && let Err(fault) = self.fetch()
        {
            self.done = true;
            return Some(Err(fault));
        }
        self.fetched.pop_front().map(Ok)
    }
}
