//! The Go program, a question and an answer a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use cosmos_sdk_proto::cosmos::tx::v1beta1::SignDoc as DirectDoc;
use prost::Message as _;
use serde_json::{Value, json};
use sirius_ledger::ante::amino::{SignDoc, name};
use sirius_primitives::AccountKey;
use sirius_runtime::{VerbKind, tx::pack_account_key};

pub(crate) struct Oracle {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the program and tells it what the ledger has beyond the Cosmos SDK.
    pub(crate) fn start() -> Self {
        #[allow(clippy::disallowed_methods, reason = "a test may be told where a program is")]
        let program =
            std::env::var("SIRIUS_COSMOS_ORACLE").expect("SIRIUS_COSMOS_ORACLE names the Go program");
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut oracle = Self { child, questions, answers: BufReader::new(answers) };
        let registry = sirius_ledger::registry();
        let own = registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Message);
        let names: serde_json::Map<_, _> =
            own.map(|verb| (verb.request.clone(), json!(name(&verb.request)))).collect();
        oracle.write(&json!({ "descriptors": hex::encode(sirius_ledger::DESCRIPTORS), "names": names }));
        oracle
    }

    fn write(&mut self, line: &Value) {
        writeln!(self.questions, "{line}").unwrap();
        self.questions.flush().unwrap();
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        self.write(question);
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the oracle ended: {question}");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It ends by itself when nobody asks; a test that failed does not wait for it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A transaction as the program reads it.
pub(crate) fn tx(doc: &SignDoc<'_>, auth_info: &[u8]) -> Value {
    json!({
        "body": hex::encode(doc.body.encode_to_vec()),
        "auth_info": hex::encode(auth_info),
        "chain_id": doc.chain_id,
        "account_number": doc.account_number.to_string(),
        "sequence": doc.sequence.to_string(),
        "address": "anybody",
    })
}

/// A public key as the program reads it.
pub(crate) fn key(key: &AccountKey) -> Value {
    let any = pack_account_key(key);
    json!({ "type_url": any.type_url, "value": hex::encode(any.value) })
}

/// What `SIGN_MODE_DIRECT` signs.
pub(crate) fn direct(doc: &SignDoc<'_>, auth_info: &[u8]) -> Vec<u8> {
    let direct = DirectDoc {
        body_bytes: doc.body.encode_to_vec(),
        auth_info_bytes: auth_info.to_vec(),
        chain_id: doc.chain_id.into(),
        account_number: doc.account_number,
    };
    direct.encode_to_vec()
}
