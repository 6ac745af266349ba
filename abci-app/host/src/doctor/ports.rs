//! Whether the node can listen where it is told to.

use std::{io, net::TcpListener};

use super::{Finding, Patient};

const NAME: &str = "ports";

pub(super) fn check(patient: &Patient) -> Finding {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for (setting, address) in &patient.listeners {
        match TcpListener::bind(address) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                taken.push(format!("{setting} = {address}"))
            }
            Err(error) => refused.push(format!("{setting} = {address}: {error}")),
        }
    }
    match (refused.is_empty(), taken.is_empty()) {
        (false, _) => Finding::failed(NAME, refused.join(", "), "choose an address of this machine"),
        // The node itself may be running.
        (true, false) => Finding::warning(
            NAME,
            format!("in use: {}", taken.join(", ")),
            "unless the node runs already, see who has them: ss -ltnp",
        ),
        (true, true) => Finding::ok(NAME, format!("{} addresses are free", patient.listeners.len())),
    }
}
