//! Who may do what on a permissioned chain, and every way around it that does not work.

use mongo_ledger_core::{
    access::{Access, Change, Holder, Namespace, Right, Role},
    condition::Condition,
    election::Status,
    json::{Object, Value},
    permission,
    refusal::Refusal,
    state,
    transaction::{
        Asset, Proposal, Transaction,
        build::{self, Share},
    },
};

use crate::world::{CHAIN, World, asset, key, proposed, public, spend, text, validators, voted};

/// The first admin.
const ADMIN: u8 = 1;

fn world() -> World {
    World::permissioned(&holder(ADMIN))
}

fn holder(seed: u8) -> Holder {
    Holder::from(&public(seed))
}

fn right(seed: u8, role: Role, namespace: &str) -> Right {
    Right { holder: holder(seed), role, namespace: namespace.parse().unwrap() }
}

fn grant(right: Right, until: Option<u64>) -> Change {
    Change::Grant { right, until }
}

/// A change by an admin on a chain; `note` tells it from others.
fn changed_on(chain: &str, by: u8, change: &Change, note: &str) -> Transaction {
    let admin = Condition::Ed25519(public(by));
    build::change(&admin, chain, change, Some(text(note))).sign(&[&key(by)]).unwrap()
}

fn changed(by: u8, change: &Change, note: &str) -> Transaction {
    changed_on(CHAIN, by, change, note)
}

fn granted(by: u8, right: Right) -> Transaction {
    changed(by, &grant(right, None), "")
}

fn revoked(by: u8, right: Right) -> Transaction {
    changed(by, &Change::Revoke { right }, "")
}

/// An asset in a namespace, whose document says so as it is.
fn made(owner: u8, ns: Value, name: &str) -> Transaction {
    let data = Object::from([("name".to_owned(), name.into()), ("ns".to_owned(), ns)]);
    build::create(&[public(owner)], &[Share::to(public(owner), 1)], Some(data), None)
        .sign(&[&key(owner)])
        .unwrap()
}

fn names(world: &mut World, transactions: &[&Transaction]) -> Vec<Option<&'static str>> {
    let results = world.block(transactions).results;
    results.iter().map(|result| result.as_ref().err().map(Refusal::name)).collect()
}

fn admins(world: &World) -> Option<u64> {
    state::admins().get(&world.store.latest()).unwrap()
}

#[test]
fn each_role_opens_its_operation_in_its_namespace_and_nothing_else() {
    let mut world = world();
    let bottle = made(2, "wine/red".into(), "bottle");
    assert_eq!(
        world.one(&bottle).unwrap_err().to_string(),
        format!("`{}` has no role `issuer` in namespace `wine/red`: ask an admin to grant it", public(2))
    );
    world.one(&granted(ADMIN, right(2, Role::Issuer, "wine"))).unwrap();
    world.one(&bottle).unwrap();
    let chain = state::chain(bottle.id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!(chain.namespace.as_str(), "wine/red");
    // Without a namespace it belongs to the whole chain.
    assert_eq!(world.one(&asset(2, 1, "anywhere")).unwrap_err().name(), "RoleMissing");
    let moved = build::transfer(&[spend(&bottle, 0)], &[Share::to(public(3), 1)], *bottle.id(), None);
    let moved = moved.sign(&[&key(2)]).unwrap();
    assert_eq!(world.one(&moved).unwrap_err().name(), "RoleMissing");
    world.one(&granted(ADMIN, right(2, Role::Transactor, "wine/red"))).unwrap();
    world.one(&moved).unwrap();
    let data = Some(Object::from([("ns".to_owned(), "log".into())]));
    let begun = build::record(&[public(4)], Asset::Data(data), None).sign(&[&key(4)]).unwrap();
    assert_eq!(world.one(&begun).unwrap_err().name(), "RoleMissing");
    world.one(&granted(ADMIN, right(4, Role::Recorder, "log"))).unwrap();
    world.one(&begun).unwrap();
    let noted = |note: &str| {
        build::record(&[public(4)], Asset::Id(*begun.id()), Some(text(note))).sign(&[&key(4)]).unwrap()
    };
    world.one(&noted("1")).unwrap();
    world.one(&revoked(ADMIN, right(4, Role::Recorder, "log"))).unwrap();
    assert_eq!(world.one(&noted("2")).unwrap_err().name(), "RoleMissing");
    // An admin is neither issuer nor anything else, and an auditor changes nothing.
    world.one(&granted(ADMIN, right(5, Role::Auditor, ""))).unwrap();
    for seed in [ADMIN, 5] {
        assert_eq!(world.one(&made(seed, "wine".into(), "none")).unwrap_err().name(), "RoleMissing");
    }
}

#[test]
fn a_namespace_is_not_a_prefix_of_letters() {
    let mut world = world();
    world.one(&granted(ADMIN, right(2, Role::Issuer, "a"))).unwrap();
    world.one(&granted(ADMIN, right(2, Role::Admin, "a"))).unwrap();
    for ns in ["ab", "a-b", "b/a", "aa/a"] {
        assert_eq!(world.one(&made(2, ns.into(), ns)).unwrap_err().name(), "RoleMissing", "{ns}");
        let reached = granted(2, right(9, Role::Issuer, ns));
        assert_eq!(world.one(&reached).unwrap_err().name(), "RoleMissing", "{ns}");
    }
    let everything = granted(2, right(2, Role::Admin, ""));
    assert_eq!(world.one(&everything).unwrap_err().name(), "RoleMissing", "a part is not the whole");
    world.one(&made(2, "a/b".into(), "below")).unwrap();
    world.one(&granted(2, right(9, Role::Issuer, "a/b"))).unwrap();
    for (number, ns) in
        [Value::Null, 1.into(), "".into(), "A".into(), "a/".into(), "a//b".into(), Value::from(vec![])]
            .into_iter()
            .enumerate()
    {
        let wrong = world.one(&made(2, ns, &number.to_string())).unwrap_err();
        assert_eq!(wrong.name(), "ValidationError", "{wrong}");
    }
}

#[test]
fn what_is_granted_and_revoked_counts_at_once_within_a_block() {
    let mut world = world();
    let [before, between, after] = ["1", "2", "3"].map(|name| made(2, "a".into(), name));
    let given = granted(ADMIN, right(2, Role::Issuer, "a"));
    let taken = revoked(ADMIN, right(2, Role::Issuer, "a"));
    assert_eq!(
        names(&mut world, &[&before, &given, &between, &taken, &after]),
        [Some("RoleMissing"), None, None, None, Some("RoleMissing")]
    );
    let found = state::grant(&right(2, Role::Issuer, "a").id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!((found.since, found.by, found.status_at(1)), (1, Some(*given.id()), "revoked"));
    assert_eq!(found.revoked.map(|revoked| (revoked.height, revoked.by)), Some((1, *taken.id())));
    // An admin who was revoked a moment ago grants nothing any more.
    let second = granted(ADMIN, right(7, Role::Admin, ""));
    let (gone, late) =
        (revoked(7, right(ADMIN, Role::Admin, "")), granted(ADMIN, right(8, Role::Issuer, "")));
    assert_eq!(names(&mut world, &[&second, &gone, &late]), [None, None, Some("RoleMissing")]);
}

#[test]
fn a_grant_ends_with_its_last_block() {
    let mut world = world();
    let ending =
        |until: u64, note: &str| changed(ADMIN, &grant(right(2, Role::Issuer, ""), Some(until)), note);
    world.one(&ending(3, "")).unwrap();
    let past = world.one(&ending(1, "past")).unwrap_err();
    assert_eq!(past.name(), "ValidationError");
    world.one(&asset(2, 1, "in block 3")).unwrap();
    assert_eq!(world.one(&asset(2, 1, "in block 4")).unwrap_err().name(), "RoleMissing");
    // What has expired can be granted again, and not revoked.
    let late = revoked(ADMIN, right(2, Role::Issuer, ""));
    assert_eq!(world.one(&late).unwrap_err().name(), "GrantDoesNotExist");
    world.one(&ending(7, "again")).unwrap();
    world.one(&asset(2, 1, "in block 7")).unwrap();
}

#[test]
fn the_last_admin_stays_by_transaction_and_by_election() {
    let mut world = world();
    let own = || right(ADMIN, Role::Admin, "");
    assert_eq!(admins(&world), None);
    world.block(&[]);
    assert_eq!(admins(&world), Some(1));
    assert_eq!(world.one(&revoked(ADMIN, own())).unwrap_err(), Refusal::LastAdmin);
    let ending = changed(ADMIN, &grant(own(), Some(1_000)), "an end");
    assert_eq!(world.one(&ending).unwrap_err(), Refusal::LastAdmin);
    let voted_out = Proposal::Policy(Change::Revoke { right: own() });
    let refused = world.one(&proposed(101, &voted_out, "1", &validators())).unwrap_err();
    assert_eq!(refused, Refusal::LastAdmin);
    // Neither an admin of a part nor one with an end takes the place.
    world.one(&granted(ADMIN, right(2, Role::Admin, "a"))).unwrap();
    world.one(&changed(ADMIN, &grant(right(3, Role::Admin, ""), Some(1_000)), "")).unwrap();
    assert_eq!((world.one(&revoked(3, own())).unwrap_err(), admins(&world)), (Refusal::LastAdmin, Some(1)));
    world.one(&granted(ADMIN, right(2, Role::Admin, ""))).unwrap();
    assert_eq!(admins(&world), Some(2));
    // An election that was opened when there were two finds one when it is decided.
    let election = proposed(101, &voted_out, "2", &validators());
    world.one(&election).unwrap();
    world.one(&revoked(2, right(2, Role::Admin, ""))).unwrap();
    let votes = [101, 102, 103].map(|voter| voted(&election, voter));
    let executed = world.block(&votes.iter().collect::<Vec<_>>());
    assert!(matches!(executed.decided[0].1.status, Status::Inconclusive { .. }));
    assert_eq!(admins(&world), Some(1));
    world.one(&granted(ADMIN, right(4, Role::Issuer, ""))).unwrap();
}

#[test]
fn a_grant_counts_once_and_on_its_chain_alone() {
    let mut world = world();
    let given = granted(ADMIN, right(2, Role::Issuer, ""));
    world.one(&given).unwrap();
    world.one(&revoked(ADMIN, right(2, Role::Issuer, ""))).unwrap();
    assert_eq!(world.one(&given).unwrap_err(), Refusal::DuplicateTransaction(*given.id()));
    assert_eq!(world.one(&asset(2, 1, "none")).unwrap_err().name(), "RoleMissing");
    let foreign = changed_on("other", ADMIN, &grant(right(2, Role::Issuer, ""), None), "");
    let expected = Refusal::WrongChain { found: "other".into(), expected: CHAIN.into() };
    assert_eq!(world.one(&foreign).unwrap_err(), expected);
    let stranger = granted(9, right(9, Role::Admin, ""));
    assert_eq!(world.one(&stranger).unwrap_err().name(), "RoleMissing");
    let unknown = revoked(ADMIN, right(9, Role::Admin, "a"));
    assert_eq!(world.one(&unknown).unwrap_err().name(), "GrantDoesNotExist");
}

#[test]
fn a_group_acts_as_one_or_each_of_those_who_sign_has_the_role() {
    let group = Condition::threshold(2, [2, 3, 4].map(|seed| Condition::Ed25519(public(seed))).to_vec());
    let group = group.unwrap();
    let mut world = World::permissioned(&Holder::from(&group));
    let by = |secrets: &[u8], right: Right| {
        let secrets: Vec<_> = secrets.iter().map(|seed| key(*seed)).collect();
        let secrets: Vec<_> = secrets.iter().collect();
        build::change(&group, CHAIN, &grant(right, None), None).sign(&secrets)
    };
    world.one(&by(&[4, 2], right(5, Role::Issuer, "a")).unwrap()).unwrap();
    assert!(by(&[2], right(6, Role::Issuer, "a")).is_err());
    let alone = granted(2, right(6, Role::Issuer, "a"));
    assert_eq!(world.one(&alone).unwrap_err().name(), "RoleMissing");
    let together = |seeds: [u8; 2], name: &str| {
        let data = Object::from([("ns".to_owned(), "a".into()), ("name".to_owned(), name.into())]);
        let keys = seeds.map(public);
        build::create(&keys, &[Share::to(public(5), 1)], Some(data), None)
            .sign(&seeds.map(key).each_ref())
            .unwrap()
    };
    assert_eq!(world.one(&together([5, 6], "half")).unwrap_err().name(), "RoleMissing");
    world.one(&by(&[3, 4], right(6, Role::Issuer, "")).unwrap()).unwrap();
    world.one(&together([5, 6], "both")).unwrap();
}

#[test]
fn an_open_chain_asks_for_nothing_and_grants_nothing() {
    let mut world = World::new();
    world.one(&made(2, "wine".into(), "named")).unwrap();
    // As every other member of a document, `ns` is whatever its author likes.
    let free = made(2, 7.into(), "free");
    world.one(&free).unwrap();
    let state = world.store.latest();
    assert_eq!(state::chain(free.id()).get(&state).unwrap().unwrap().namespace, Namespace::all());
    assert_eq!(permission::mode(&state).unwrap(), Access::Open);
    let given = granted(ADMIN, right(2, Role::Issuer, ""));
    assert_eq!(world.one(&given).unwrap_err(), Refusal::OpenChain);
    let policy = Proposal::Policy(grant(right(2, Role::Issuer, ""), None));
    assert_eq!(world.one(&proposed(101, &policy, "", &validators())).unwrap_err(), Refusal::OpenChain);
    assert_eq!(admins(&world), None);
}
