//! The route table: every method's HTTP rules, read from the options of the contracts.

use axum::http::Method;
use prost_reflect::{DynamicMessage, ExtensionDescriptor, MessageDescriptor, MethodDescriptor, Value};
use thiserror::Error;

use super::template::Template;
use crate::gateway::Contracts;

/// The option that carries the rules.
const OPTION: &str = "google.api.http";

/// A contract's rule that REST cannot serve.
#[derive(Debug, Error)]
#[error("the contract of {method} has an HTTP rule that is not served: {cause}")]
pub struct RouteError {
    /// The method's full name.
    method: String,
    /// What is wrong with its rule.
    cause: String,
}

/// What of the request the body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing; all fields stand in the path and the query.
    None,
    /// All of it.
    Whole,
}

/// One way to ask a method.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// GET or POST.
    pub(crate) verb: Method,
    /// Where.
    pub(crate) template: Template,
    /// What the body is.
    pub(crate) body: Body,
    /// The method's path, as gRPC spells it.
    pub(crate) path: String,
    /// The method's full name.
    pub(crate) name: String,
    /// Its service's full name.
    pub(crate) service: String,
    /// What is asked.
    pub(crate) input: MessageDescriptor,
    /// What is answered.
    pub(crate) output: MessageDescriptor,
}

/// The routes of every method that is answered, by its path.
///
/// # Errors
/// A rule that is not served.
pub(crate) fn table(contracts: &Contracts) -> Result<Vec<Route>, RouteError> {
    let Some(option) = contracts.pool().get_extension_by_name(OPTION) else { return Ok(Vec::new()) };
    let mut routes = Vec::new();
    for (path, method) in contracts.methods() {
        let found = of_method(path, method, &option);
        routes.extend(found.map_err(|cause| RouteError { method: method.full_name().into(), cause })?);
    }
    Ok(routes)
}

fn of_method(
    path: &str,
    method: &MethodDescriptor,
    option: &ExtensionDescriptor,
) -> Result<Vec<Route>, String> {
    let options = method.options();
    if !options.has_extension(option) {
        return Ok(Vec::new());
    }
    let rule = options.get_extension(option);
    let rule = rule.as_message().ok_or("the option is no message")?;
    let mut routes = vec![of_rule(path, method, rule)?];
    if let Some(more) = rule.get_field_by_name("additional_bindings") {
        for rule in more.as_list().unwrap_or_default() {
            routes.push(of_rule(path, method, rule.as_message().ok_or("a binding is no message")?)?);
        }
    }
    Ok(routes)
}

fn of_rule(path: &str, method: &MethodDescriptor, rule: &DynamicMessage) -> Result<Route, String> {
    let text = |name: &str| {
        let value = rule.get_field_by_name(name);
        value.as_deref().and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (verb, at) = match (text("get"), text("post")) {
        (get, post) if post.is_empty() && !get.is_empty() => (Method::GET, get),
        (get, post) if get.is_empty() && !post.is_empty() => (Method::POST, post),
        _ => return Err("only get and post are served".into()),
    };
    let body = match text("body").as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        other => return Err(format!("a body that is the field {other} is not served")),
    };
    Ok(Route {
        verb,
        template: Template::parse(&at)?,
        body,
        path: path.into(),
        name: method.full_name().into(),
        service: method.parent_service().full_name().into(),
        input: method.input(),
        output: method.output(),
    })
}
