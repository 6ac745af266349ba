//! `GET /api/v1/roles`: who may do what, and since when, or until when they could.

use std::{ops::ControlFlow, sync::Arc};

use axum::extract::State;
use mongo_ledger_core::{
    access::{Grant, Holder, Namespace, RightId, Role},
    state,
};
use serde_json::{Value, json};

use super::{
    Api,
    answer::{self, Answer},
    ask::{Ask, MOST_ITEMS, Page},
};
use crate::documents;

/// How many grants one question looks at, whatever it wants of them: behind them the next part begins.
pub(super) const MOST_LOOKED_AT: usize = 10_000;

/// `GET /roles`: in the order of the state's keys. `namespace` keeps those that count there, by a grant for it or for what
/// covers it.
pub(super) async fn list(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    let holder = ask.read::<Holder>("subject")?.map(|holder| holder.hash());
    let (role, namespace) = (ask.read::<Role>("role")?, ask.read::<Namespace>("namespace")?);
    let Page { limit, after } = ask.page::<RightId>()?;
    let mut part = Part { most: limit.unwrap_or(MOST_ITEMS), ..Part::default() };
    let (height, part) = api
        .blocking(move |ledger| {
            let wanted = |grant: &Grant| {
                let right = &grant.right;
                role.is_none_or(|role| right.role == role)
                    && namespace.as_ref().is_none_or(|namespace| right.namespace.covers(namespace))
            };
            let state = ledger.store.latest();
            state::each_grant(&state, holder.as_ref(), after.as_ref(), |grant| part.take(grant, wanted))?;
            Ok((state.height().0, part))
        })
        .await?;
    let shown: Vec<String> = part.found.iter().map(|grant| shown(grant, height).to_string()).collect();
    Ok(answer::list(&shown, part.next.map(|last| last.to_string())))
}

/// A part of the list while it is gathered.
#[derive(Default)]
struct Part {
    most: usize,
    found: Vec<Grant>,
    looked_at: usize,
    last: Option<RightId>,
    /// The last that was looked at, where there is more behind it.
    next: Option<RightId>,
}

impl Part {
    fn take(&mut self, grant: Grant, wanted: impl Fn(&Grant) -> bool) -> ControlFlow<()> {
        let (id, wanted) = (grant.right.id(), wanted(&grant));
        if self.looked_at >= MOST_LOOKED_AT || wanted && self.found.len() >= self.most {
            self.next = self.last.take();
            return ControlFlow::Break(());
        }
        self.looked_at = self.looked_at.saturating_add(1);
        self.last = Some(id);
        if wanted {
            self.found.push(grant);
        }
        ControlFlow::Continue(())
    }
}

/// A grant as its document has it, with how it stands at `height`.
fn shown(grant: &Grant, height: u64) -> Value {
    let mut document = documents::granted(grant);
    document.remove("_id");
    document.insert("id", grant.right.id().to_string());
    document.insert("status", grant.status_at(height));
    json!(document)
}
