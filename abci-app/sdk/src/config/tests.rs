//! What config promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const PLAIN: &str = "chain_id = \"sirius-local-1\"\nprefix = \"sirius\"\nrpc = [\"http://127.0.0.1:26657\"]\n\
                     fee_denom = \"uxpx\"\nkeys = \"keys\"\n";

fn parse(more: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/somewhere"), &format!("{PLAIN}{more}"))
}

#[test]
fn relative_paths_begin_at_the_file() {
    let config = parse("passphrase_file = \"keys/passphrase\"\ngenesis = \"/etc/genesis.json\"\n").unwrap();
    assert_eq!(config.keys, Path::new("/somewhere/keys"));
    assert_eq!(config.passphrase_file, Some("/somewhere/keys/passphrase".into()));
    assert_eq!(config.genesis, Some("/etc/genesis.json".into()));
    assert_eq!(config.trusting_period, TRUSTING_PERIOD);
    assert!(matches!(parse("").unwrap().trust(), Err(TrustError::NoAnchor { .. })));
}

#[test]
fn a_vouched_header_goes_before_genesis() {
    let hash = "AB".repeat(32);
    let config = parse(&format!(
        "trusting_days = 2\ngenesis = \"g\"\ntrusted = {{ height = 7, hash = \"{hash}\" }}\n"
    ));
    let settings = config.unwrap().trust().unwrap();
    assert_eq!(settings.anchor, Anchor::Header { height: Height(7), hash: hash.parse().unwrap() });
    assert_eq!(settings.period, Duration::from_secs(2 * 86_400));
}

#[test]
fn the_database_is_on_this_machine_unless_it_is_said_where() {
    let database = parse("").unwrap().database;
    assert_eq!(
        database,
        DatabaseConfig {
            http: vec!["http://127.0.0.1:9984".into()],
            rpc: vec!["http://127.0.0.1:27657".into()],
            genesis: None,
            trusted: None,
        }
    );
    let hash = "AB".repeat(32);
    let config = parse(&format!(
        "database = \"http://a:1\"\ndatabase_rpc = [\"http://b:2\", \"http://c:3\"]\ndatabase_genesis = \"g.json\"\n\
         database_trusted = {{ chain_id = \"d-1\", height = 7, hash = \"{hash}\" }}\n"
    ))
    .unwrap();
    assert_eq!((config.database.http.len(), config.database.rpc.len()), (1, 2));
    assert_eq!(config.database.genesis, Some("/somewhere/g.json".into()));
    let settings = config.database_trust().unwrap();
    assert_eq!((settings.chain_id.as_str(), settings.anchor.height()), ("d-1", Height(7)));
    assert_ne!(settings.file, Some("/somewhere/trust.json".into()));
    assert!(matches!(parse("").unwrap().database_trust(), Err(TrustError::NoDatabaseAnchor { .. })));
    assert!(parse("database_trusted = { chain_id = \"d\", height = 7, hash = \"x\" }").is_err());
}

#[test]
fn names_the_field_that_is_wrong() {
    let check = |text: String, field: &str| {
        let error = Config::parse(Path::new("/h"), &text).unwrap_err().to_string();
        assert!(error.contains(field), "{field}: {error}");
    };
    check(PLAIN.replace("\"sirius\"", "\"Sirius\""), "prefix");
    check(PLAIN.replace("sirius-local-1", "a b"), "chain_id");
    check(PLAIN.replace("uxpx", "u"), "fee_denom");
    check(PLAIN.replace("keys =", "kyes ="), "kyes");
    check(PLAIN.replace("chain_id = \"sirius-local-1\"\n", ""), "chain_id");
    check(format!("{PLAIN}trusted = {{ height = 1, hash = \"xy\" }}"), "trusted.hash");
    check(format!("{PLAIN}[contacts]\nshop = \"cosmos1xyz\""), "contacts.shop");
    check(format!("{PLAIN}[contacts]\nShop = \"cosmos1xyz\""), "Shop");
}

#[test]
fn a_home_is_found_where_it_was_told_or_above_or_with_the_person() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let mut surroundings = Surroundings { told: None, current: deep.clone(), person: Some("/p".into()) };
    assert_eq!(find(&surroundings).unwrap(), Path::new("/p/.sirius"));
    let localnet = folder.path().join(".localnet");
    fs::create_dir(&localnet).unwrap();
    assert_eq!(find(&surroundings).unwrap(), Path::new("/p/.sirius"));
    fs::write(localnet.join(FILE), PLAIN).unwrap();
    assert_eq!(find(&surroundings).unwrap(), localnet);
    surroundings.told = Some("c".into());
    assert_eq!(find(&surroundings).unwrap(), deep.join("c"));
    let nowhere = Surroundings { told: None, current: "/nowhere".into(), person: None };
    assert_eq!(find(&nowhere), Err(ConfigError::NoHome));
    assert_eq!(Config::load(&localnet).unwrap().chain.id, "sirius-local-1");
    assert!(matches!(Config::load(&deep), Err(ConfigError::Missing { .. })));
}

#[test]
fn a_passphrase_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    let write = |text: &str, mode| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        read_passphrase(&path)
    };
    assert!(write("correct horse\n", 0o600).is_ok());
    assert!(write("correct horse\r\nmore\n", 0o400).is_ok());
    for mode in [0o640, 0o604, 0o666] {
        let error = write("correct horse\n", mode).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
    assert!(write("short\n", 0o600).unwrap_err().to_string().contains("5 characters"));
    assert!(write(&"x".repeat(5000), 0o600).is_err());
    assert!(read_passphrase(folder.path()).unwrap_err().to_string().contains("no regular file"));
    assert!(read_passphrase(&folder.path().join("none")).is_err());
}
