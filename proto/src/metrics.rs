//! Metrics of a server: a page as Prometheus reads it, and the same sample by sample for programs.

use crate::wire;
use prometheus::proto::{Metric, MetricFamily, MetricType};
use prometheus::{Registry, TextEncoder};
use serde::Serialize;
use std::collections::BTreeMap;

/// The label of a histogram's bucket: its upper bound.
const BOUND: &str = "le";

/// One number of a server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// What is measured, as the page names it.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// What tells it from others of its name.
    pub labels: BTreeMap<String, String>,
    /// The number.
    pub value: f64,
}

/// What a server measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// As Prometheus reads it.
    pub page: String,
    /// Every sample of the page, in its order.
    pub samples: Vec<Sample>,
}

impl Metrics {
    /// What a registry has measured until now.
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        let families = registry.gather();
        let page = TextEncoder::new().encode_to_string(&families);
        let page = page.expect("every metric can be written as text");
        Self { page, samples: families.iter().flat_map(samples).collect() }
    }
}

fn samples(family: &MetricFamily) -> Vec<Sample> {
    let of = |metric| match family.get_field_type() {
        MetricType::COUNTER => vec![sample(family, "", metric, metric.get_counter().get_value())],
        MetricType::GAUGE => vec![sample(family, "", metric, metric.get_gauge().get_value())],
        MetricType::HISTOGRAM => histogram(family, metric),
        // Nothing here measures with them; the page cannot show the second.
        MetricType::SUMMARY | MetricType::UNTYPED => Vec::new(),
    };
    family.get_metric().iter().flat_map(of).collect()
}

fn sample(family: &MetricFamily, part: &str, metric: &Metric, value: f64) -> Sample {
    let pairs = metric.get_label().iter();
    Sample {
        name: format!("{}{part}", family.name()),
        kind: format!("{:?}", family.get_field_type()).to_lowercase(),
        labels: pairs.map(|pair| (pair.name().to_owned(), pair.value().to_owned())).collect(),
        value,
    }
}

/// A histogram's buckets, each with those below it, its sum and its count.
// Prometheus counts in floats; beyond 2^53 observations the last ones are not told apart.
#[allow(clippy::cast_precision_loss)]
fn histogram(family: &MetricFamily, metric: &Metric) -> Vec<Sample> {
    let all = metric.get_histogram();
    let count = all.get_sample_count() as f64;
    let bucket = |bound: String, count| {
        let mut bucket = sample(family, "_bucket", metric, count);
        bucket.labels.insert(BOUND.to_owned(), bound);
        bucket
    };
    let below = all.get_bucket().iter();
    let below =
        below.map(|one| bucket(one.upper_bound().to_string(), one.cumulative_count() as f64));
    let mut samples: Vec<_> = below.collect();
    samples.push(bucket("+Inf".to_owned(), count));
    samples.push(sample(family, "_sum", metric, all.get_sample_sum()));
    samples.push(sample(family, "_count", metric, count));
    samples
}

impl From<Metrics> for wire::MetricsReply {
    fn from(Metrics { page, samples }: Metrics) -> Self {
        let samples = samples.into_iter().map(|Sample { name, kind, labels, value }| {
            wire::MetricSample { name, kind, labels: labels.into_iter().collect(), value }
        });
        Self { page, samples: samples.collect() }
    }
}

impl From<wire::MetricsReply> for Metrics {
    fn from(wire::MetricsReply { page, samples }: wire::MetricsReply) -> Self {
        let samples =
            samples.into_iter().map(|wire::MetricSample { name, kind, labels, value }| Sample {
                name,
                kind,
                labels: labels.into_iter().collect(),
                value,
            });
        Self { page, samples: samples.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts};

    /// A page's line for a sample.
    fn line(sample: &Sample) -> String {
        let labels = sample.labels.iter().map(|(name, value)| format!("{name}=\"{value}\""));
        let labels: Vec<_> = labels.collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        format!("{}{labels} {}", sample.name, sample.value)
    }

    #[test]
    fn samples_are_the_lines_of_the_page_and_cross_the_wire() {
        let registry = Registry::new();
        let counter = IntCounterVec::new(Opts::new("calls", "Calls."), &["method"]);
        let counter = counter.expect("a name and a label");
        let gauge = IntGauge::new("open", "Open.").expect("a name");
        let times = HistogramOpts::new("seconds", "Seconds.").buckets(vec![0.5, 2.0]);
        let times = Histogram::with_opts(times).expect("a name");
        registry.register(Box::new(counter.clone())).expect("new");
        registry.register(Box::new(gauge.clone())).expect("new");
        registry.register(Box::new(times.clone())).expect("new");
        counter.with_label_values(&["deposit"]).inc_by(3);
        gauge.set(-7);
        times.observe(0.25);
        times.observe(3.0);
        let metrics = Metrics::of(&registry);
        let lines = metrics.page.lines().filter(|line| !line.starts_with('#'));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        assert_eq!(metrics.samples.iter().map(line).collect::<Vec<_>>(), lines);
        assert_eq!(lines.len(), 7, "{lines:?}");
        let kinds: Vec<_> = metrics.samples.iter().map(|sample| sample.kind.as_str()).collect();
        assert_eq!((kinds[0], kinds[1], kinds[2]), ("counter", "gauge", "histogram"));
        assert_eq!(Metrics::from(wire::MetricsReply::from(metrics.clone())), metrics);
    }
}
