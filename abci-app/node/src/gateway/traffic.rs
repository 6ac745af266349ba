//! What clients ask of one face, counted: by method and outcome, and how long answers take.
//!
//! There is a row for each method of the contracts and one for everything else, so that no client makes the list longer.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use sirius_host::metrics::{Histogram, Text};
use tonic::Code;

use super::{Contracts, Guard};

/// gRPC's codes are 0 to 16.
const CODES: usize = 17;
/// What a request is counted as that names no method.
const OTHER: &str = "other";

/// The counts of one face.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    methods: BTreeMap<String, Outcomes>,
    other: Outcomes,
    seconds: Histogram,
}

/// How often something ended with each code.
#[derive(Debug, Default)]
struct Outcomes([AtomicU64; CODES]);

impl Traffic {
    /// Nothing yet of each method of `contracts`.
    pub(crate) fn new(contracts: &Contracts) -> Self {
        let methods = contracts.methods().keys().map(|path| (path.clone(), Outcomes::default()));
        Self { methods: methods.collect(), ..Self::default() }
    }

    /// A request of the method `path` begins; it is counted when what is returned is dropped.
    pub(crate) fn begin(&self, path: &str) -> Asked<'_> {
        let outcomes = self.methods.get(path).unwrap_or(&self.other);
        // Whoever goes away, or waits beyond the limit, ends here.
        Asked { outcomes, seconds: &self.seconds, begun: Instant::now(), code: Code::Cancelled }
    }

    /// The labels and counts of what was asked at all.
    fn rows(&self, face: &str) -> impl Iterator<Item = (String, u64)> {
        let methods = self.methods.iter().map(|(path, outcomes)| (path.trim_start_matches('/'), outcomes));
        methods.chain([(OTHER, &self.other)]).flat_map(move |(method, outcomes)| {
            (0..).zip(&outcomes.0).filter_map(move |(code, count)| {
                let count = count.load(Ordering::Relaxed);
                let code = Code::from_i32(code);
                let labels = format!("{{face=\"{face}\",method=\"{method}\",code=\"{code:?}\"}}");
                (count > 0).then_some((labels, count))
            })
        })
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    outcomes: &'a Outcomes,
    seconds: &'a Histogram,
    begun: Instant,
    code: Code,
}

impl Asked<'_> {
    /// It is answered with `code`.
    pub(crate) fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let count = usize::try_from(i32::from(self.code)).ok().and_then(|code| self.outcomes.0.get(code));
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.seconds.observe(self.begun.elapsed());
    }
}

/// What both faces count, for the page of metrics.
#[derive(Debug, Clone)]
pub(crate) struct Faces(pub(crate) [(&'static str, Arc<Traffic>, Arc<Guard>); 2]);

impl Faces {
    /// Adds the families.
    pub(crate) fn render(&self, text: Text) -> Text {
        let requests: Vec<_> = self.0.iter().flat_map(|(face, traffic, _)| traffic.rows(face)).collect();
        let labels = self.0.each_ref().map(|(face, ..)| format!("face=\"{face}\""));
        let seconds: Vec<_> = labels
            .iter()
            .map(String::as_str)
            .zip(self.0.iter().map(|(_, traffic, _)| &traffic.seconds))
            .collect();
        let refused = self.0.iter().flat_map(|(face, _, guard)| {
            let label = move |reason| format!("{{face=\"{face}\",reason=\"{reason}\"}}");
            guard.refused().map(|(reason, count)| (label(reason), count))
        });
        let refused: Vec<_> = refused.collect();
        text.family(
            "abci_app_client_requests_total",
            "counter",
            "Requests of clients answered, by face, method and gRPC's code.",
            &requests,
        )
        .histogram(
            "abci_app_client_request_seconds",
            "Time from a request's head to its answer, in seconds, by face.",
            &seconds,
        )
        .family(
            "abci_app_client_refused_total",
            "counter",
            "Requests and connections of clients that a limit turned away, by face and reason.",
            &refused,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_method_and_outcome_and_strangers_together() {
        let contracts = Contracts::new(&sirius_ledger::registry());
        let [rest, grpc] = [(); 2].map(|()| Arc::new(Traffic::new(&contracts)));
        let guard = Arc::new(Guard::new(0, 0));
        rest.begin("/cosmos.bank.v1beta1.Query/Balance").end(Code::Ok);
        rest.begin("/cosmos.bank.v1beta1.Query/Balance").end(Code::Ok);
        drop(rest.begin("/cosmos.bank.v1beta1.Query/Balance"));
        grpc.begin("/a.B/C").end(Code::Unimplemented);
        grpc.begin("/d.E/F").end(Code::Unimplemented);
        let faces = Faces([("rest", rest, Arc::clone(&guard)), ("grpc", grpc, guard)]);
        let page: String = faces.render(Text::default()).into();
        let balance = "face=\"rest\",method=\"cosmos.bank.v1beta1.Query/Balance\"";
        for line in [
            &format!("abci_app_client_requests_total{{{balance},code=\"Ok\"}} 2"),
            &format!("abci_app_client_requests_total{{{balance},code=\"Cancelled\"}} 1"),
            "abci_app_client_requests_total{face=\"grpc\",method=\"other\",code=\"Unimplemented\"} 2",
            "abci_app_client_request_seconds_count{face=\"rest\"} 3",
            "abci_app_client_refused_total{face=\"grpc\",reason=\"rate\"} 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(!page.contains("a.B"), "nobody adds a row");
    }
}
