//! Coins of an account that are set aside.

/// For whom and for what coins are set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// The module that holds; no zero byte.
    pub module: &'a str,
    /// What it calls the purpose, such as an order's number; no zero byte.
    pub purpose: &'a str,
}
