//! Paths of HTTP rules: `/cosmos/bank/v1beta1/balances/{address}/by_denom`.

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A word that must stand there.
    Word(String),
    /// The value of a field of the request.
    Field(String),
    /// The same, with everything that follows, slashes too.
    Rest(String),
}

/// A path with the fields that stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    segments: Vec<Segment>,
}

impl Template {
    /// Reads a template; the error says what in it is not served.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix('/').ok_or("a path begins with /")?;
        let segments: Vec<_> = path.split('/').map(segment).collect::<Result<_, _>>()?;
        let rest = segments.iter().position(|segment| matches!(segment, Segment::Rest(_)));
        match rest {
            Some(place) if place.saturating_add(1) < segments.len() => {
                Err("a field of the whole rest stands last".into())
            }
            _ => Ok(Self { segments }),
        }
    }

    /// The fields, in the order in which they stand.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Word(_) => None,
            Segment::Field(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }

    /// The path as the router has it. Fields are numbered: two rules may call what stands at one place by two names.
    pub(crate) fn pattern(&self) -> String {
        self.written(|place, rest| if rest { format!("{{*p{place}}}") } else { format!("{{p{place}}}") })
    }

    /// The path as OpenAPI has it, and as people read it.
    pub(crate) fn shown(&self) -> String {
        let names: Vec<_> = self.fields().map(str::to_owned).collect();
        self.written(|place, _| format!("{{{}}}", names.get(place).map_or("", String::as_str)))
    }

    /// The path with `field` in place of each field, which is given its number and whether it is the rest.
    pub(crate) fn written(&self, mut field: impl FnMut(usize, bool) -> String) -> String {
        let mut place = 0_usize;
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            match segment {
                Segment::Word(word) => text.push_str(word),
                Segment::Field(_) | Segment::Rest(_) => {
                    text.push_str(&field(place, matches!(segment, Segment::Rest(_))));
                    place = place.saturating_add(1);
                }
            }
        }
        text
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        let plain = !text.is_empty() && !text.contains(['{', '}', '*', ':']);
        return if plain { Ok(Segment::Word(text.into())) } else { Err(format!("{text:?} is not served")) };
    };
    match inner.split_once('=') {
        None | Some((_, "*")) => Ok(Segment::Field(inner.trim_end_matches("=*").into())),
        Some((name, "**")) => Ok(Segment::Rest(name.into())),
        Some(_) => Err(format!("{text:?} is not served")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn reads_words_fields_and_the_rest() {
        let check = |text: &str, pattern: &str, shown: &str, fields: &[&str]| {
            let template = Template::parse(text).unwrap();
            assert_eq!(template.pattern(), pattern);
            assert_eq!(template.shown(), shown);
            assert_eq!(template.fields().collect::<Vec<_>>(), fields);
        };
        check("/a/b", "/a/b", "/a/b", &[]);
        check("/a/{x}/b/{y.z}", "/a/{p0}/b/{p1}", "/a/{x}/b/{y.z}", &["x", "y.z"]);
        check("/a/{x=*}", "/a/{p0}", "/a/{x}", &["x"]);
        check("/a/{x=**}", "/a/{*p0}", "/a/{x}", &["x"]);
    }

    #[test]
    fn refuses_what_it_does_not_serve() {
        for text in ["a", "/a/{x=**}/b", "/a/{x=b/*}", "/a:verb", "/a//b", "/a/*"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
