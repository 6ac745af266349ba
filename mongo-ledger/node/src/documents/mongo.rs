//! A server that speaks MongoDB's protocol: one alone, a replica set, or the bundled one.

use std::time::Duration;

use async_trait::async_trait;
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use mongodb::{
    Client, Database, IndexModel,
    bson::{Bson, Document, doc},
    error::{Error, ErrorKind},
    options::{Acknowledgment, ClientOptions, InsertManyOptions, WriteConcern},
};

use super::{Collection, Documents, DocumentsError, Find, Shape};

/// How long a server is looked for before a call fails.
const SELECTION: Duration = Duration::from_secs(5);
/// How many look-ups by `_id` are on their way at the same time: more wait in the server.
const LOOKUPS: usize = 32;
/// How many documents of a stream come at a time: some 25 MB with the longest transactions that a chain allows unless it
/// decides otherwise. A message carries 48.
const STREAMED: u32 = 100;
/// How many statements a command carries.
const STATEMENTS: usize = 500;
/// MongoDB's code for an `_id` that is taken.
const DUPLICATE: i32 = 11000;

/// A database on a server.
#[derive(Debug, Clone)]
pub struct Mongo {
    database: Database,
    name: String,
    shape: Shape,
}

impl Mongo {
    /// Connects, and creates the collections and their indexes where they are missing.
    ///
    /// # Errors
    /// The address is none, or the server does not answer.
    pub async fn connect(uri: &str, database: &str) -> Result<Self, DocumentsError> {
        let mut options =
            ClientOptions::parse(uri).await.map_err(|error| failed("reading documents.uri", &error))?;
        options.app_name.get_or_insert_with(|| "mongo-ledger".into());
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(SELECTION);
        let client = Client::with_options(options).map_err(|error| failed("connecting", &error))?;
        let database = client.database(database);
        let facts = database
            .run_command(doc! { "buildInfo": 1 })
            .await
            .map_err(|error| failed("asking for the server's version", &error))?;
        let version = facts.get_str("version").unwrap_or("of unknown version");
        let ferret = facts.get_document("ferretdb").ok().and_then(|facts| facts.get_str("version").ok());
        let ferret = ferret.or_else(|| facts.get_str("ferretdbVersion").ok());
        let (name, shape) = match ferret {
            Some("unknown") => (format!("FerretDB as MongoDB {version}"), Shape::FlatArrays),
            Some(ferret) => (format!("FerretDB {ferret}"), Shape::FlatArrays),
            None => (format!("MongoDB {version}"), Shape::Exact),
        };
        let mongo = Self { database, name, shape };
        mongo.prepare().await?;
        Ok(mongo)
    }

    /// Why this server has no users of its own; `None` when it has.
    pub fn lacks_users(&self) -> Option<String> {
        let why = "has no users: whoever reaches its port reads and writes everything. Bind it to 127.0.0.1, or use \
                   MongoDB and make the account there";
        (self.shape == Shape::FlatArrays).then(|| format!("{} {why}", self.name))
    }

    /// Makes an account that reads this database and nothing else.
    ///
    /// # Errors
    /// The server does not answer, or refuses: the account is there already, or this node's own may not make one.
    pub async fn create_reader(&self, name: &str, password: &str) -> Result<(), DocumentsError> {
        let roles = vec![doc! { "role": "read", "db": self.database.name() }];
        let command = doc! { "createUser": name, "pwd": password, "roles": roles };
        let made = self.database.run_command(command).await;
        made.map(drop).map_err(|error| failed(format!("making the account {name}"), &error))
    }

    /// Creates what is missing.
    async fn prepare(&self) -> Result<(), DocumentsError> {
        let present = self
            .database
            .list_collection_names()
            .await
            .map_err(|error| failed("listing collections", &error))?;
        for collection in Collection::ALL {
            if !present.iter().any(|name| name == collection.name()) {
                self.database
                    .create_collection(collection.name())
                    .await
                    .map_err(|error| failed(format!("creating {collection}"), &error))?;
            }
            // FerretDB 1 would keep such an index with every write and search by none of them.
            if self.shape == Shape::Exact {
                self.index(collection)
                    .await
                    .map_err(|error| failed(format!("indexing {collection}"), &error))?;
            }
        }
        Ok(())
    }

    /// Creates the indexes that are missing.
    async fn index(&self, collection: Collection) -> Result<(), Error> {
        let index = |field: &&str| IndexModel::builder().keys(doc! { *field: 1 }).build();
        let indexes: Vec<IndexModel> = collection.indexed().iter().map(index).collect();
        if !indexes.is_empty() {
            self.collection(collection).create_indexes(indexes).await?;
        }
        Ok(())
    }

    fn collection(&self, collection: Collection) -> mongodb::Collection<Document> {
        self.database.collection(collection.name())
    }

    /// Runs a command of many statements, in parts.
    async fn statements(
        &self,
        command: (&str, &str),
        collection: Collection,
        statements: Vec<Document>,
    ) -> Result<(), DocumentsError> {
        let (verb, field) = command;
        for part in statements.chunks(STATEMENTS) {
            let part: Vec<Bson> = part.iter().cloned().map(Bson::Document).collect();
            let concern = doc! { "w": "majority", "j": true };
            let command =
                doc! { verb: collection.name(), field: part, "ordered": false, "writeConcern": concern };
            let action = || format!("{verb} in {collection}");
            let answer =
                self.database.run_command(command).await.map_err(|error| failed(action(), &error))?;
            if let Ok(errors) = answer.get_array("writeErrors")
                && let Some(first) = errors.first()
            {
                return Err(DocumentsError::Server { action: action(), cause: first.to_string() });
            }
        }
        Ok(())
    }

    /// Compares what is there with what was to be inserted.
    async fn compare(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        let ids: Vec<String> = documents.iter().map(id_of).collect();
        for (found, document) in self.get(collection, &ids).await?.into_iter().zip(documents) {
            if found.as_ref() != Some(document) {
                return Err(DocumentsError::Changed {
                    collection,
                    id: id_of(document),
                    what: "is there already with other contents".into(),
                });
            }
        }
        Ok(())
    }
}

fn id_of(document: &Document) -> String {
    document.get_str("_id").unwrap_or_default().to_owned()
}

fn failed(action: impl Into<String>, error: &Error) -> DocumentsError {
    DocumentsError::Server { action: action.into(), cause: error.to_string() }
}

/// The places, among the documents of an insertion, whose `_id` was taken; `None` when something else went wrong too.
fn taken(error: &Error) -> Option<Vec<usize>> {
    let ErrorKind::InsertMany(failure) = error.kind.as_ref() else { return None };
    let errors = failure.write_errors.as_ref()?;
    let only_taken =
        failure.write_concern_error.is_none() && errors.iter().all(|error| error.code == DUPLICATE);
    only_taken.then(|| errors.iter().map(|error| error.index).collect())
}

#[async_trait]
impl Documents for Mongo {
    fn name(&self) -> &str {
        &self.name
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    async fn get(
        &self,
        collection: Collection,
        ids: &[String],
    ) -> Result<Vec<Option<Document>>, DocumentsError> {
        let source = self.collection(collection);
        // A filter by `_id` alone is the one that every server answers from an index.
        let look = |id: String| {
            let source = source.clone();
            async move { source.find_one(doc! { "_id": id }).await }
        };
        stream::iter(ids.to_vec())
            .map(look)
            .buffered(LOOKUPS)
            .try_collect()
            .await
            .map_err(|error| failed(format!("reading from {collection}"), &error))
    }

    async fn insert(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        if documents.is_empty() {
            return Ok(());
        }
        let concern = WriteConcern::builder().w(Acknowledgment::Majority).build();
        let options = InsertManyOptions::builder().ordered(false).write_concern(concern).build();
        match self.collection(collection).insert_many(documents).with_options(options).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let Some(places) = taken(&error) else {
                    return Err(failed(format!("inserting into {collection}"), &error));
                };
                let again: Vec<Document> =
                    places.iter().filter_map(|place| documents.get(*place)).cloned().collect();
                self.compare(collection, &again).await
            }
        }
    }

    async fn replace(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        let update =
            |document: &Document| doc! { "q": { "_id": id_of(document) }, "u": document, "upsert": true };
        self.statements(("update", "updates"), collection, documents.iter().map(update).collect()).await
    }

    async fn remove(&self, collection: Collection, ids: &[String]) -> Result<(), DocumentsError> {
        let delete = |id: &String| doc! { "q": { "_id": id }, "limit": 1 };
        self.statements(("delete", "deletes"), collection, ids.iter().map(delete).collect()).await
    }

    async fn find(&self, collection: Collection, find: Find) -> Result<Vec<Document>, DocumentsError> {
        let source = self.collection(collection);
        let mut search = source.find(find.filter).skip(find.skip).limit(find.limit);
        if !find.sort.is_empty() {
            search = search.sort(find.sort);
        }
        let failed = |error: Error| failed(format!("searching {collection}"), &error);
        search.await.map_err(failed)?.try_collect().await.map_err(failed)
    }

    fn stream(
        &self,
        collection: Collection,
        fields: &[&str],
    ) -> BoxStream<'_, Result<Document, DocumentsError>> {
        let wanted: Document = fields.iter().map(|field| ((*field).to_owned(), Bson::Int32(1))).collect();
        let source = self.collection(collection);
        let found = async move { source.find(doc! {}).projection(wanted).batch_size(STREAMED).await };
        let failed = move |error: Error| failed(format!("reading through {collection}"), &error);
        stream::once(found).try_flatten().map_err(failed).boxed()
    }

    async fn ids(&self, collection: Collection) -> Result<Vec<String>, DocumentsError> {
        let failed = |error: Error| failed(format!("listing {collection}"), &error);
        let source = self.collection(collection);
        let mut cursor = source.find(doc! {}).projection(doc! { "_id": 1 }).await.map_err(failed)?;
        let mut ids = Vec::new();
        while let Some(document) = cursor.try_next().await.map_err(failed)? {
            // An `_id` of another kind than a string is somebody else's too: it is shown as the server writes it.
            ids.push(match document.get("_id") {
                Some(Bson::String(id)) => id.clone(),
                other => other.map(ToString::to_string).unwrap_or_default(),
            });
        }
        Ok(ids)
    }

    async fn count(&self, collection: Collection) -> Result<u64, DocumentsError> {
        let counted = self.collection(collection).count_documents(doc! {}).await;
        counted.map_err(|error| failed(format!("counting {collection}"), &error))
    }

    async fn clear(&self) -> Result<(), DocumentsError> {
        for collection in Collection::ALL {
            let dropped = self.collection(collection).drop().await;
            dropped.map_err(|error| failed(format!("dropping {collection}"), &error))?;
        }
        self.prepare().await
    }
}
