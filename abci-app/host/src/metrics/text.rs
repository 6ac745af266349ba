//! Metrics in Prometheus' text format, one family after the other.

use std::fmt::{Display, Write as _};

use super::Histogram;

/// A text that grows by families of metrics; see `docs/metrics.md` for what each means.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Adds a number that goes up and down.
    #[must_use]
    pub fn gauge(self, name: &str, help: &str, value: impl Display) -> Self {
        self.family(name, "gauge", help, &[("", value)])
    }

    /// Adds a number that only grows while the process lives.
    #[must_use]
    pub fn counter(self, name: &str, help: &str, value: impl Display) -> Self {
        self.family(name, "counter", help, &[("", value)])
    }

    /// Adds a family with a line for each of `rows`: its labels, such as `{volume="state"}` or nothing, and its value.
    #[must_use]
    pub fn family(
        mut self,
        name: &str,
        kind: &str,
        help: &str,
        rows: &[(impl AsRef<str>, impl Display)],
    ) -> Self {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _ = writeln!(self.0, "{name}{} {value}", labels.as_ref());
        }
        self
    }

    /// Adds a histogram with lines for each of `rows`: its labels, such as `face="rest"`, and its counts.
    #[must_use]
    pub fn histogram(mut self, name: &str, help: &str, rows: &[(&str, &Histogram)]) -> Self {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} histogram");
        for (labels, histogram) in rows {
            let _ = histogram.render(&mut self.0, name, labels);
        }
        self
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// The families in a rendered text, in order: the names behind `# TYPE`.
pub fn families(rendered: &str) -> Vec<&str> {
    let rest = rendered.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    rest.filter_map(|line| line.split(' ').next()).collect()
}

/// The metrics of which `text`, a page of Markdown, gives the meaning in the section of `process`: the first cell of
/// each row of its table, written as code. Those that every process has stand in the section `every process`, whose
/// names come first when they begin with `abci_` and last otherwise, as on the page.
pub fn documented<'a>(text: &'a str, process: &str) -> Vec<&'a str> {
    let section = |wanted: &str| {
        let mut sections = text.split("\n## ").filter(|section| section.lines().next() == Some(wanted));
        let rows = sections.next().unwrap_or_default().lines();
        rows.filter_map(|row| row.strip_prefix("| `")?.split_once('`'))
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let (first, last) =
        section("every process").into_iter().partition::<Vec<_>, _>(|name| name.starts_with("abci_"));
    [first, section(process), last].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_as_prometheus_reads_them() {
        let text: String = Text::default()
            .gauge("a_height", "The height.", 7)
            .family("a_free_bytes", "gauge", "Free.", &[("{volume=\"x\"}", 1.5), ("{volume=\"y\"}", 2.0)])
            .into();
        let expected = "\
# HELP a_height The height.
# TYPE a_height gauge
a_height 7
# HELP a_free_bytes Free.
# TYPE a_free_bytes gauge
a_free_bytes{volume=\"x\"} 1.5
a_free_bytes{volume=\"y\"} 2
";
        assert_eq!(text, expected);
        assert_eq!(families(&text), ["a_height", "a_free_bytes"]);
    }

    #[test]
    fn meanings_are_read_from_tables() {
        let text = "# Metrics\n\n## every process\n\n| name | meaning |\n|---|---|\n| `abci_x` | a |\n| `z` | b |\n\n## p\n\n| `y` | c |\n";
        assert_eq!(documented(text, "p"), ["abci_x", "y", "z"]);
        assert_eq!(documented(text, "q"), ["abci_x", "z"]);
    }
}
