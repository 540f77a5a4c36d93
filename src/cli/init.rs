//! `failsim init`: a scenario to start from.

use std::fs::OpenOptions;
use std::io::Write;

use failsim::scenario::{self, NoFiles, Source};

use super::args::InitArgs;
use super::{End, Failure, load, print};

/// The scenarios that come with the program, by name.
const TEMPLATES: [(&str, &str); 20] = [
    (
        "three-tier-shop",
        include_str!("../../scenarios/three-tier-shop.toml"),
    ),
    (
        "failover-pair",
        include_str!("../../scenarios/failover-pair.toml"),
    ),
    (
        "patroni-rto-modes",
        include_str!("../../scenarios/patroni-rto-modes.toml"),
    ),
    (
        "gitlab-spurious-failover",
        include_str!("../../scenarios/gitlab-spurious-failover.toml"),
    ),
    (
        "rds-options",
        include_str!("../../scenarios/rds-options.toml"),
    ),
    (
        "region-dr-strategies",
        include_str!("../../scenarios/region-dr-strategies.toml"),
    ),
    (
        "k8s-node-loss",
        include_str!("../../scenarios/k8s-node-loss.toml"),
    ),
    (
        "redis-sentinel-quorum",
        include_str!("../../scenarios/redis-sentinel-quorum.toml"),
    ),
    (
        "lb-pair-vrrp-haproxy-web",
        include_str!("../../scenarios/lb-pair-vrrp-haproxy-web.toml"),
    ),
    (
        "three-az-static-stability",
        include_str!("../../scenarios/three-az-static-stability.toml"),
    ),
    (
        "pacemaker-fencing",
        include_str!("../../scenarios/pacemaker-fencing.toml"),
    ),
    (
        "lanl-fleet-spares",
        include_str!("../../scenarios/lanl-fleet-spares.toml"),
    ),
    (
        "contoso-composite-slo",
        include_str!("../../scenarios/contoso-composite-slo.toml"),
    ),
    (
        "github-partition",
        include_str!("../../scenarios/github-partition.toml"),
    ),
    (
        "etcd-quorum",
        include_str!("../../scenarios/etcd-quorum.toml"),
    ),
    (
        "mongodb-elections",
        include_str!("../../scenarios/mongodb-elections.toml"),
    ),
    (
        "route53-failover",
        include_str!("../../scenarios/route53-failover.toml"),
    ),
    (
        "deploy-common-cause",
        include_str!("../../scenarios/deploy-common-cause.toml"),
    ),
    (
        "azure-grace-period",
        include_str!("../../scenarios/azure-grace-period.toml"),
    ),
    (
        "shared-platform",
        include_str!("../../scenarios/shared-platform.toml"),
    ),
];

pub(crate) fn init(command: &InitArgs) -> Result<End, Failure> {
    if command.list {
        let width = TEMPLATES
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0);
        let lines = TEMPLATES
            .iter()
            .map(|(name, text)| format!("{name:width$}  {}\n", question(name, text)));
        return print(&lines.collect::<String>());
    }
    let Some((_, text)) = TEMPLATES.iter().find(|(name, _)| *name == command.template) else {
        let nearest = TEMPLATES
            .iter()
            .map(|(name, _)| (strsim::jaro_winkler(name, &command.template), name))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness > 0.7);
        let hint = nearest.map_or(String::new(), |(_, name)| {
            format!("; did you mean `{name}`?")
        });
        load::complain(&format!(
            "there is no template `{}`{hint} `failsim init --list` lists them",
            command.template
        ));
        return Err(Failure::Mistake);
    };
    let Some(path) = &command.out else {
        return print(text);
    };
    let refuse = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
            _ => error.to_string(),
        };
        Failure::World(format!("cannot write {}: {why}", path.display()))
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(refuse)?;
    file.write_all(text.as_bytes()).map_err(refuse)?;
    print(&format!(
        "wrote {}; next: failsim run {}\n",
        path.display(),
        path.display()
    ))
}

/// The question that a template answers.
fn question(name: &str, text: &str) -> String {
    let source = Source::toml(name, text);
    scenario::load(&source, &[], &NoFiles)
        .ok()
        .and_then(|scenario| scenario.question)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_loads_and_asks_a_question() {
        for (name, text) in TEMPLATES {
            assert!(question(name, text).ends_with('?'), "{name}");
        }
    }
}
