//! The methods that can be asked, from the descriptors: their names, requests and answers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use prost_reflect::{DescriptorPool, MethodDescriptor};
use sirius_runtime::{Registry, VerbKind};

use super::service;

/// The option that says how a field is shown.
const CUSTOM_TYPE: &str = "gogoproto.customtype";
/// What it says of a decimal.
const DECIMAL: &str = "cosmossdk.io/math.LegacyDec";

/// Every contract, and which of its methods this process answers.
#[derive(Debug)]
pub(crate) struct Contracts {
    pool: DescriptorPool,
    methods: BTreeMap<String, MethodDescriptor>,
    decimals: HashSet<String>,
}

impl Contracts {
    /// The contracts of the ledger that `registry` answers for.
    pub(crate) fn new(registry: &Registry) -> Self {
        let pool =
            DescriptorPool::decode(sirius_ledger::DESCRIPTORS).expect("the ledger's descriptors are its own");
        let mut answered: BTreeSet<&str> = service::PATHS.iter().copied().collect();
        let questions = registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Query);
        answered.extend(questions.map(|verb| verb.path.as_str()));
        let methods = pool
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .map(|method| (path(&method), method))
            .filter(|(path, _)| answered.contains(path.as_str()))
            .collect();
        let decimals = decimals(&pool);
        Self { pool, methods, decimals }
    }

    /// All types.
    pub(crate) fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The method of this path, `/<service>/<method>`, when it is answered.
    pub(crate) fn method(&self, path: &str) -> Option<&MethodDescriptor> {
        self.methods.get(path)
    }

    /// Every method that is answered, by its path.
    pub(crate) fn methods(&self) -> &BTreeMap<String, MethodDescriptor> {
        &self.methods
    }

    /// The services that have such a method, by their full names.
    pub(crate) fn services(&self) -> BTreeSet<String> {
        self.methods.values().map(|method| method.parent_service().full_name().to_owned()).collect()
    }

    /// Whether the field of this full name holds a decimal: digits of a number times 10^18.
    pub(crate) fn is_decimal(&self, field: &str) -> bool {
        self.decimals.contains(field)
    }
}

/// A method's path, as gRPC and ABCI spell it.
fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn decimals(pool: &DescriptorPool) -> HashSet<String> {
    let Some(option) = pool.get_extension_by_name(CUSTOM_TYPE) else { return HashSet::new() };
    pool.all_messages()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .filter(|field| field.options().get_extension(&option).as_str() == Some(DECIMAL))
        .map(|field| field.full_name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn every_question_has_a_contract() {
        let registry = sirius_ledger::registry();
        let contracts = Contracts::new(&registry);
        let questions = registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Query);
        let paths = questions.map(|verb| verb.path.as_str()).chain(service::PATHS.iter().copied());
        for path in paths {
            let method = contracts.method(path).unwrap_or_else(|| panic!("{path} is in no contract"));
            assert!(!method.is_client_streaming() && !method.is_server_streaming(), "{path} is not unary");
        }
    }

    #[test]
    fn decimals_are_marked_by_their_option() {
        let contracts = Contracts::new(&sirius_ledger::registry());
        assert!(contracts.is_decimal("cosmos.mint.v1beta1.QueryInflationResponse.inflation"));
        assert!(!contracts.is_decimal("cosmos.base.v1beta1.Coin.amount"));
    }
}
