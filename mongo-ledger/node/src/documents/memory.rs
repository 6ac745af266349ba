//! Documents in memory, lost with the process: for measuring what a server costs, and for tests of everything else.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    ops::Bound,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use async_trait::async_trait;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use mongodb::bson::{Bson, Document};

use super::{Collection, Documents, DocumentsError, Find, Shape};

type Tables = BTreeMap<Collection, BTreeMap<String, Document>>;

/// How many documents of a stream are copied at a time.
const STREAMED: usize = 64;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Memory(RwLock<Tables>);

impl Memory {
    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next documents behind an id.
    fn page(&self, collection: Collection, after: &str, fields: &[String]) -> Vec<Document> {
        let tables = self.read();
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        let rest = tables.get(&collection).into_iter().flat_map(|table| table.range::<str, _>(behind));
        let wanted = |name: &str| name == "_id" || fields.iter().any(|field| field == name);
        let part = |document: &Document| {
            let fields = document.iter().filter(|(name, _)| wanted(name));
            fields.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        rest.map(|(_, document)| part(document)).take(STREAMED).collect()
    }
}

fn id_of(document: &Document) -> String {
    document.get_str("_id").unwrap_or_default().to_owned()
}

#[async_trait]
impl Documents for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn shape(&self) -> Shape {
        Shape::Exact
    }

    async fn get(
        &self,
        collection: Collection,
        ids: &[String],
    ) -> Result<Vec<Option<Document>>, DocumentsError> {
        let tables = self.read();
        let table = tables.get(&collection);
        Ok(ids.iter().map(|id| table.and_then(|table| table.get(id)).cloned()).collect())
    }

    async fn insert(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        let mut tables = self.write();
        let table = tables.entry(collection).or_default();
        for document in documents {
            let id = id_of(document);
            match table.get(&id) {
                Some(found) if found != document => {
                    let what = "is there already with other contents".into();
                    return Err(DocumentsError::Changed { collection, id, what });
                }
                _ => table.insert(id, document.clone()),
            };
        }
        Ok(())
    }

    async fn replace(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        let mut tables = self.write();
        let table = tables.entry(collection).or_default();
        table.extend(documents.iter().map(|document| (id_of(document), document.clone())));
        Ok(())
    }

    async fn remove(&self, collection: Collection, ids: &[String]) -> Result<(), DocumentsError> {
        if let Some(table) = self.write().get_mut(&collection) {
            ids.iter().for_each(|id| drop(table.remove(id)));
        }
        Ok(())
    }

    async fn find(&self, collection: Collection, find: Find) -> Result<Vec<Document>, DocumentsError> {
        let tables = self.read();
        let mut found = Vec::new();
        for document in tables.get(&collection).into_iter().flat_map(BTreeMap::values) {
            if matches(document, &find.filter)? {
                found.push(document.clone());
            }
        }
        found.sort_by(|one, other| by(&find.sort, one, other));
        let limit = usize::try_from(find.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        Ok(found.into_iter().skip(usize::try_from(find.skip).unwrap_or(usize::MAX)).take(limit).collect())
    }

    fn stream(
        &self,
        collection: Collection,
        fields: &[&str],
    ) -> BoxStream<'_, Result<Document, DocumentsError>> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let pages = stream::unfold(String::new(), move |after| {
            let page = self.page(collection, &after, &fields);
            let last = page.last().map(id_of);
            std::future::ready(last.map(|last| (stream::iter(page.into_iter().map(Ok)), last)))
        });
        pages.flatten().boxed()
    }

    async fn ids(&self, collection: Collection) -> Result<Vec<String>, DocumentsError> {
        Ok(self.read().get(&collection).map(|table| table.keys().cloned().collect()).unwrap_or_default())
    }

    async fn count(&self, collection: Collection) -> Result<u64, DocumentsError> {
        let count = self.read().get(&collection).map_or(0, BTreeMap::len);
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    async fn clear(&self) -> Result<(), DocumentsError> {
        self.write().clear();
        Ok(())
    }
}

/// Whether a document fits a filter of plain fields, comparisons, `$and` and `$or`.
fn matches(document: &Document, filter: &Document) -> Result<bool, DocumentsError> {
    for (field, wanted) in filter {
        let fits = match (field.as_str(), wanted) {
            ("$and", Bson::Array(parts)) => all(document, parts)?,
            ("$or", Bson::Array(parts)) => any(document, parts)?,
            (operator, _) if operator.starts_with('$') => return Err(unknown(operator)),
            (path, wanted) => {
                let found = at(&Bson::Document(document.clone()), path);
                fits(&found, wanted)?
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all(document: &Document, parts: &[Bson]) -> Result<bool, DocumentsError> {
    for part in parts.iter().filter_map(Bson::as_document) {
        if !matches(document, part)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(document: &Document, parts: &[Bson]) -> Result<bool, DocumentsError> {
    for part in parts.iter().filter_map(Bson::as_document) {
        if matches(document, part)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unknown(operator: &str) -> DocumentsError {
    DocumentsError::Server {
        action: "searching in memory".into(),
        cause: format!("{operator} is not known here"),
    }
}

/// Every value that a dotted path leads to; arrays on the way are gone through.
fn at(value: &Bson, path: &str) -> Vec<Bson> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (value, rest) {
        (Bson::Array(values), _) => values.iter().flat_map(|value| at(value, path)).collect(),
        (Bson::Document(document), None) => match document.get(first) {
            Some(Bson::Array(values)) => {
                values.iter().cloned().chain([Bson::Array(values.clone())]).collect()
            }
            Some(value) => vec![value.clone()],
            None => Vec::new(),
        },
        (Bson::Document(document), Some(rest)) => {
            document.get(first).map_or(Vec::new(), |value| at(value, rest))
        }
        _ => Vec::new(),
    }
}

fn fits(found: &[Bson], wanted: &Bson) -> Result<bool, DocumentsError> {
    let Bson::Document(operators) = wanted else {
        return Ok(found.contains(wanted) || (*wanted == Bson::Null && found.is_empty()));
    };
    if !operators.keys().any(|key| key.starts_with('$')) {
        return Ok(found.contains(wanted));
    }
    for (operator, bound) in operators {
        let compared = |accept: fn(Ordering) -> bool| {
            found.iter().any(|value| compare(value, bound).is_some_and(accept))
        };
        let fits = match (operator.as_str(), bound) {
            ("$eq", _) => found.contains(bound),
            ("$ne", _) => !found.contains(bound),
            ("$gt", _) => compared(Ordering::is_gt),
            ("$gte", _) => compared(Ordering::is_ge),
            ("$lt", _) => compared(Ordering::is_lt),
            ("$lte", _) => compared(Ordering::is_le),
            ("$in", Bson::Array(bounds)) => found.iter().any(|value| bounds.contains(value)),
            ("$nin", Bson::Array(bounds)) => !found.iter().any(|value| bounds.contains(value)),
            ("$exists", Bson::Boolean(wanted)) => found.is_empty() != *wanted,
            (operator, _) => return Err(unknown(operator)),
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two values of one kind.
fn compare(one: &Bson, other: &Bson) -> Option<Ordering> {
    let number = |value: &Bson| match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        #[allow(clippy::cast_precision_loss, reason = "only mixed numbers are compared as floats")]
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    match (one, other) {
        (Bson::String(one), Bson::String(other)) => Some(one.cmp(other)),
        (Bson::Int64(one), Bson::Int64(other)) => Some(one.cmp(other)),
        _ => number(one)?.partial_cmp(&number(other)?),
    }
}

fn by(sort: &Document, one: &Document, other: &Document) -> Ordering {
    for (path, direction) in sort {
        let value = |document: &Document| at(&Bson::Document(document.clone()), path).into_iter().next();
        let order = match (value(one), value(other)) {
            (Some(one), Some(other)) => compare(&one, &other).unwrap_or(Ordering::Equal),
            (one, other) => one.is_some().cmp(&other.is_some()),
        };
        let descending = matches!(direction, Bson::Int32(-1) | Bson::Int64(-1));
        if order != Ordering::Equal {
            return if descending { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}
