//! What a block does with proposals whose time is over: a bounded part of the work, the rest in the blocks after it.

use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use super::{
    clearing,
    count::Count,
    deposit, execute, keys,
    params::{BURN_WITHOUT_DEPOSIT, MOST_ENDINGS, TALLY_STEPS, is_set},
    proposal::{Outcome, Proposal, Stage, Voting},
    state::{first_due, load},
    verdict::Rules,
};
use crate::consensus::{params as numbers, staking::Fraction};

/// Ends what is due, in the order of its times. What that decides about the limits of blocks holds from the next one on.
pub(super) fn end_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    end_some(ctx, state)?;
    numbers::settle_limits(ctx, state)
}

fn end_some(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let mut steps = TALLY_STEPS.get(state)?;
    for _ in 0..MOST_ENDINGS.get(state)? {
        let Some(id) = first_due(&*state as &dyn Read, ctx.block.time)? else { break };
        let proposal = total(load(state, id))?;
        match proposal.stage {
            Stage::Deposit => drop_it(ctx, state, id, &proposal)?,
            Stage::Voting(voting) => {
                let is_done = close(ctx, state, (id, proposal, voting), &mut steps)?;
                // The count goes on in the next block; those behind it wait their turn.
                if !is_done {
                    return Ok(());
                }
            }
            Stage::Closed { .. } => {
                return Err(Fault::Contradiction(format!("proposal {id} is closed and in the queue")));
            }
        }
    }
    clearing::go_on(state, &mut steps)
}

/// Nobody can make these steps be refused: where they are, this node's state contradicts itself.
fn total<T>(outcome: Result<T, Error>) -> Result<T, Fault> {
    outcome.map_err(|error| match error {
        Error::Fault(fault) => fault,
        Error::Refusal(refusal) => Fault::Contradiction(refusal.text),
    })
}

/// A proposal that never had enough deposits leaves no trace.
fn drop_it(ctx: &mut Context<'_>, state: &mut dyn Write, id: u64, proposal: &Proposal) -> Result<(), Fault> {
    let burned = if is_set(&BURN_WITHOUT_DEPOSIT, state)? { Fraction::ALL } else { Fraction::default() };
    total(deposit::settle(ctx, state, id, burned))?;
    keys::due(proposal.deposit_end, id).remove(state);
    keys::proposal(id).remove(state);
    ctx.emit(|_| {
        let shown = event("inactive_proposal").indexed("proposal_id", id);
        shown.with("proposal_result", "proposal_dropped")
    });
    Ok(())
}

/// Counts the votes within `steps`; when those were the last, decides. The answer is whether it is decided.
fn close(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (id, mut proposal, voting): (u64, Proposal, Voting),
    steps: &mut u64,
) -> Result<bool, Fault> {
    let mut count = Count::load(&*state as &dyn Read, id)?;
    let (counted, is_last) = count.go_on(&*state as &dyn Read, id, steps)?;
    for voter in counted {
        keys::vote(id, &voter).remove(state);
    }
    if !is_last {
        keys::count(id).set(state, &count);
        return Ok(false);
    }
    keys::count(id).remove(state);
    let tally = count.finish();
    let verdict = Rules::load(&*state as &dyn Read)?.judge(&tally);
    let burned = if verdict.burns { Fraction::ALL } else { Fraction::default() };
    total(deposit::settle(ctx, state, id, burned))?;
    keys::due(voting.end, id).remove(state);
    // Its messages find the proposal closed, whatever they do.
    let outcome = if verdict.passes { Outcome::Passed } else { Outcome::Rejected };
    proposal.stage = Stage::Closed { voting, counts: tally.counts, outcome };
    keys::proposal(id).set(state, &proposal);
    let mut result = if verdict.passes { "proposal_passed" } else { "proposal_rejected" };
    let mut log = String::new();
    if verdict.passes
        && let Err(reason) = execute::execute(ctx, state, &proposal.messages)?
    {
        log.clone_from(&reason);
        result = "proposal_failed";
        let outcome = Outcome::Failed { reason };
        proposal.stage = Stage::Closed { voting, counts: tally.counts, outcome };
        keys::proposal(id).set(state, &proposal);
    }
    ctx.emit(|_| {
        let shown = event("active_proposal").indexed("proposal_id", id).with("proposal_result", result);
        if log.is_empty() { shown } else { shown.with("proposal_log", log) }
    });
    Ok(true)
}
