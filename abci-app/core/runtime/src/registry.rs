//! What a chain can do: the messages, questions, parameters and refusals of its modules, found by name.

use std::collections::BTreeMap;

use prost::Name;
use serde::Serialize;
use serde_json::{Map, Value};
use sirius_store::{Fault, Read, Write};
use tendermint_proto::google::protobuf::Any;

use crate::{
    Ante, BlockUse, Chain, Context, Error, Executable, Message, Module, Param, QueryContext, Refusal,
    Upgrade, Validator,
    dice::Move,
    excerpt,
    genesis::{GenesisError, Sections},
    message::{Parser, ParserOf, type_url},
    query::{self, Answer, Question, QuestionOf},
    tx,
};

type Begin = fn(&mut Context<'_>, &mut dyn Write) -> Result<(), Fault>;
type End = fn(&mut Context<'_>, BlockUse, &mut dyn Write) -> Result<(), Fault>;
type Init = fn(&mut Sections, &mut Context<'_>, &mut dyn Write) -> Result<(), GenesisError>;
type Export = fn(&QueryContext<'_>) -> Result<Value, Fault>;
type Validators = fn(&QueryContext<'_>) -> Result<Vec<Validator>, Fault>;
type Invariants = fn(&dyn Read) -> Result<Result<(), String>, Fault>;

/// The hooks of one module.
struct Hooks {
    name: &'static str,
    version: u64,
    init: Init,
    export: Export,
    validators: Validators,
    begin: Begin,
    end: End,
    invariants: Invariants,
}

/// The modules of a chain, in their order, and everything they registered.
pub struct Registry {
    ante: Box<dyn Ante>,
    modules: Vec<Hooks>,
    messages: BTreeMap<String, Box<dyn Parser>>,
    questions: BTreeMap<String, Box<dyn Question>>,
    params: Vec<Param>,
    refusals: Vec<(&'static str, u32, &'static str)>,
    verbs: Vec<Verb>,
    moves: Vec<(&'static str, Move)>,
    upgrades: Vec<Upgrade>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("verbs", &self.verbs).finish_non_exhaustive()
    }
}

/// A message or a question as a person calls it: `<module> <verb>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Verb {
    /// The module's name.
    pub module: &'static str,
    /// The word for it.
    pub name: &'static str,
    /// The type URL of a message, or the path of a question.
    pub path: String,
    /// The full protobuf name of what is sent.
    pub request: String,
    /// The full protobuf name of what comes back.
    pub response: String,
    /// Which of the two it is.
    pub kind: VerbKind,
    /// The field that names the signer of a message, see [`Message::SIGNER`].
    pub signer: Option<&'static str>,
    /// The fields of a message that may be left out, see [`Message::OPTIONAL`].
    pub optional: &'static [&'static str],
}

/// Whether a verb changes state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerbKind {
    /// A message inside a transaction.
    Message,
    /// A question to a node.
    Query,
}

impl Registry {
    /// A registry without modules, whose transactions are admitted by `ante`.
    pub fn new(ante: impl Ante + 'static) -> Self {
        let mut refusals = tx::Refused::TABLE.to_vec();
        refusals.extend_from_slice(query::Refused::TABLE);
        refusals.extend_from_slice(ante.refusals());
        Self {
            ante: Box::new(ante),
            modules: Vec::new(),
            messages: BTreeMap::new(),
            questions: BTreeMap::new(),
            params: Vec::new(),
            refusals,
            verbs: Vec::new(),
            moves: Vec::new(),
            upgrades: Vec::new(),
        }
    }

    /// Adds upgrades that this program can carry out.
    #[must_use]
    pub fn knowing(mut self, upgrades: &[Upgrade]) -> Self {
        self.upgrades.extend_from_slice(upgrades);
        self
    }

    /// Adds a module after those already there. The order is that of hooks, and of who may call whom.
    #[must_use]
    pub fn with<M: Module>(mut self) -> Self {
        self.modules.push(Hooks {
            name: M::NAME,
            version: M::VERSION,
            init: |sections, ctx, state| sections.init::<M>(ctx, state),
            export: section::<M>,
            validators: M::validators,
            begin: M::begin_block,
            end: M::end_block,
            invariants: M::invariants,
        });
        M::register(&mut Registrar { registry: &mut self, module: M::NAME });
        self
    }

    /// Makes a message of its packed form.
    ///
    /// # Errors
    /// A type URL that no module registered, or what is wrong with the message.
    pub fn parse(&self, any: &Any, chain: &Chain) -> Result<Box<dyn Executable>, Refusal> {
        match self.messages.get(&any.type_url) {
            Some(parser) => parser.parse(&any.value, chain),
            None => Err(tx::Refused::UnknownMessage { type_url: excerpt(&any.type_url) }.into()),
        }
    }

    /// Answers the question of `path`.
    ///
    /// # Errors
    /// A path that no module registered, or why the module does not answer.
    pub fn answer(&self, ctx: &QueryContext<'_>, path: &str, request: &[u8]) -> Result<Vec<u8>, Error> {
        match self.questions.get(path) {
            Some(question) => question.answer(ctx, request),
            None => Err(query::Refused::UnknownPath { path: excerpt(path) }.into()),
        }
    }

    /// Who lets transactions in.
    pub fn ante(&self) -> &dyn Ante {
        self.ante.as_ref()
    }

    /// Every message and question, by module and name.
    pub fn verbs(&self) -> &[Verb] {
        &self.verbs
    }

    /// Every parameter.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Every refusal: space, code, name.
    pub fn refusals(&self) -> &[(&'static str, u32, &'static str)] {
        &self.refusals
    }

    /// The random moves of every module, for the simulator.
    pub fn moves(&self) -> &[(&'static str, Move)] {
        &self.moves
    }

    /// The upgrades that this program can carry out.
    pub fn upgrades(&self) -> &[Upgrade] {
        &self.upgrades
    }

    /// Every module's name and the version of its records, in the order of the list.
    pub fn versions(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.modules.iter().map(|module| (module.name, module.version))
    }

    /// Checks every module's invariants; the answer names the first that does not hold.
    ///
    /// # Errors
    /// A fault of this node.
    pub fn invariants(&self, state: &dyn Read) -> Result<Result<(), String>, Fault> {
        for module in &self.modules {
            if let Err(broken) = (module.invariants)(state)? {
                return Ok(Err(format!("{}: {broken}", module.name)));
            }
        }
        Ok(Ok(()))
    }

    pub(crate) fn init(
        &self,
        sections: &mut Sections,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
    ) -> Result<(), GenesisError> {
        self.modules.iter().try_for_each(|module| (module.init)(sections, ctx, state))
    }

    /// Every module's section of a genesis that continues this state.
    pub(crate) fn export(&self, ctx: &QueryContext<'_>) -> Result<Map<String, Value>, Fault> {
        self.modules.iter().map(|module| Ok((module.name.into(), (module.export)(ctx)?))).collect()
    }

    /// The validators that modules keep.
    pub(crate) fn validators(&self, ctx: &QueryContext<'_>) -> Result<Vec<Validator>, Fault> {
        let mut validators = Vec::new();
        for module in &self.modules {
            validators.extend((module.validators)(ctx)?);
        }
        Ok(validators)
    }

    pub(crate) fn begin_block(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        self.modules.iter().try_for_each(|module| (module.begin)(ctx, state))
    }

    pub(crate) fn end_block(
        &self,
        ctx: &mut Context<'_>,
        block: BlockUse,
        state: &mut dyn Write,
    ) -> Result<(), Fault> {
        self.modules.iter().try_for_each(|module| (module.end)(ctx, block, state))
    }
}

/// A module's section as JSON.
fn section<M: Module>(ctx: &QueryContext<'_>) -> Result<Value, Fault> {
    serde_json::to_value(M::export(ctx)?)
        .map_err(|error| Fault::Contradiction(format!("section {} is no JSON: {error}", M::NAME)))
}

/// Takes down what one module has.
#[derive(Debug)]
pub struct Registrar<'a> {
    registry: &'a mut Registry,
    module: &'static str,
}

impl Registrar<'_> {
    /// A message, which people call `<module> <name>`.
    ///
    /// # Panics
    /// When two modules register one type URL: a mistake in the program, met at start.
    pub fn message<M: Message>(&mut self, name: &'static str) -> &mut Self {
        let path = type_url::<M::Wire>();
        let before = self.registry.messages.insert(path.clone(), Box::new(ParserOf::<M>::new(self.module)));
        assert!(before.is_none(), "message {path} is registered twice");
        self.verb::<M::Wire, M::Response>(name, path, VerbKind::Message, (Some(M::SIGNER), M::OPTIONAL))
    }

    /// A question, which people call `<module> <name>` and programs `/<service>/<method>`.
    ///
    /// # Panics
    /// When two modules register one path: a mistake in the program, met at start.
    pub fn query<Q, A>(&mut self, name: &'static str, path: &'static str, answer: Answer<Q, A>) -> &mut Self
    where
        Q: prost::Message + Name + Default + 'static,
        A: prost::Message + Name + Default + 'static,
    {
        let before = self.registry.questions.insert(path.into(), Box::new(QuestionOf::new(answer)));
        assert!(before.is_none(), "query {path} is registered twice");
        self.verb::<Q, A>(name, path.into(), VerbKind::Query, (None, &[]))
    }

    /// The module's parameters.
    pub fn params(&mut self, params: &[Param]) -> &mut Self {
        self.registry.params.extend_from_slice(params);
        self
    }

    /// The module's refusals.
    pub fn refusals(&mut self, table: &[(&'static str, u32, &'static str)]) -> &mut Self {
        self.registry.refusals.extend_from_slice(table);
        self
    }

    /// A plausible random message, for the simulator.
    pub fn random_move(&mut self, name: &'static str, make: Move) -> &mut Self {
        self.registry.moves.push((name, make));
        self
    }

    fn verb<Q: Name, A: Name>(
        &mut self,
        name: &'static str,
        path: String,
        kind: VerbKind,
        (signer, optional): (Option<&'static str>, &'static [&'static str]),
    ) -> &mut Self {
        self.registry.verbs.push(Verb {
            module: self.module,
            name,
            path,
            request: Q::full_name(),
            response: A::full_name(),
            kind,
            signer,
            optional,
        });
        self
    }
}
