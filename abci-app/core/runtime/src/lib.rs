//! How a transaction becomes state, and how state is asked.
//!
//! One path serves the mempool, proposals and blocks: [`Tx::decode`] → [`Rules::admit`] → [`Message::execute`]. Modules
//! plug in through [`Module`] and [`Registrar`]; this crate knows none of them. Everything here is a pure function of
//! its arguments: no clock, file, environment or chance.

mod ante;
mod app;
mod context;
pub mod dice;
mod error;
pub mod event;
mod evidence;
mod execute;
mod export;
mod gas;
pub mod genesis;
mod message;
mod module;
pub mod page;
mod param;
pub mod query;
mod registry;
mod report;
pub mod rows;
mod seen;
pub mod tx;
mod upgrade;

pub use ante::{Ante, Mode, Rules};
pub use app::{App, Begun, Executed};
pub use context::{BlockInfo, BlockLimits, Chain, Context};
pub use error::{Error, Refusal, Refuse, excerpt};
pub use event::Event;
pub use evidence::EvidenceAge;
pub use execute::{Executor, TxResult};
pub use export::Exported;
pub use gas::{Costs, Meter, Metered};
pub use message::{Executable, Message, decode_canonical, type_url};
pub use module::{BlockUse, Module};
pub use param::Param;
pub use query::QueryContext;
pub use registry::{Registrar, Registry, Verb, VerbKind};
pub use report::{Misbehavior, Offence, Report, Updates, Validator, Vote};
pub use tx::Tx;
pub use upgrade::{Migration, Upgrade};
