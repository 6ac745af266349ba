//! How the system gives this process memory.

/// Asks the system for small pages alone, in this process from now on and in those that it starts.
///
/// The allocator takes memory in pieces that Linux would fill with pages of 2 MiB, each of which is cleared as a whole when
/// its first byte is touched. A process that needs some 50 MB, and other parts of them with each block, clears far more than
/// it uses.
pub fn small_pages() {
    // A system that has no large pages refuses, and that is what was asked for.
    let _ = nix::sys::prctl::set_thp_disable(true);
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_pages_are_not_given_any_more() {
        super::small_pages();
        assert_eq!(nix::sys::prctl::get_thp_disable(), Ok(true));
    }
}
