//! What is said of a thing, and why no more can be said of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::ResourceId;

/// What is said of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It belonged to a cluster and no longer does: two complete looks prove it.
    Orphan {
        /// The first look that showed it.
        since: Timestamp,
        /// The look that proved it.
        confirmed: Timestamp,
    },
    /// One complete look shows it; the next one proves it.
    Suspect {
        /// The first look that showed it.
        since: Timestamp,
        /// From when on another look proves it.
        confirmed_after: Timestamp,
    },
    /// It cannot be told.
    Unknown(BTreeSet<Reason>),
    /// Only words of the user's own tie it to a cluster: that proves nothing.
    Hint,
    /// Nobody uses it, and not long enough for a person to care. It is remembered and not told.
    Recent {
        /// Since when, as far as is known.
        since: Timestamp,
    },
    /// Nobody uses it.
    Unused {
        /// Since when, as far as is known.
        since: Timestamp,
    },
}

impl Verdict {
    /// The word of a proven orphan.
    pub const ORPHAN: &'static str = "orphan";
    /// The word of what another look has to prove.
    pub const SUSPECT: &'static str = "suspect";
    /// The word of what cannot be told.
    pub const UNKNOWN: &'static str = "unknown";
    /// The word of what only weak ties speak for.
    pub const HINT: &'static str = "hint";
    /// The word of what nobody uses since a short while.
    pub const RECENT: &'static str = "recent";
    /// The word of what nobody uses.
    pub const UNUSED: &'static str = "unused";

    /// Returns its stable word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Orphan { .. } => Self::ORPHAN,
            Self::Suspect { .. } => Self::SUSPECT,
            Self::Unknown(_) => Self::UNKNOWN,
            Self::Hint => Self::HINT,
            Self::Recent { .. } => Self::RECENT,
            Self::Unused { .. } => Self::UNUSED,
        }
    }
}

/// Why it cannot be told whether a thing is still used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The list of clusters was not seen.
    ClustersUnseen,
    /// The list of clusters does not show this one, which exists: it is not the whole list.
    ClustersFiltered(ResourceId),
    /// The nodes of this cluster were not seen.
    NodesUnseen(ResourceId),
    /// This cluster is in a state in which its list of nodes may be partial.
    ClusterUnsettled(ResourceId),
    /// The list of this cluster's nodes never shows all of them.
    NodesPartial(ResourceId),
    /// Whether this cluster still exists may not be asked.
    ClusterForbidden(ResourceId),
    /// Whether this cluster still exists could not be asked.
    ClusterUnseen(ResourceId),
    /// The machine itself could not be asked for by id.
    MachineUnseen,
    /// The list of machines does not show it, and it exists: it is not the whole list.
    MachinesFiltered,
    /// The second source could not be asked.
    OpinionUnseen,
    /// The second source does not say.
    OpinionSilent,
    /// The machine is in a state that we do not know.
    State(String),
    /// It was made in the future: a clock is wrong.
    FromTheFuture,
    /// A node that is known by its address alone has its address, in another network.
    SameAddress(String),
    /// Whether its source still exists could not be asked.
    SourceUnseen,
    /// How much stands behind it could not be told.
    BackendsUnseen,
}

impl Reason {
    /// Returns its stable word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::ClustersUnseen => "clusters_unseen",
            Self::ClustersFiltered(_) => "clusters_filtered",
            Self::NodesUnseen(_) => "nodes_unseen",
            Self::ClusterUnsettled(_) => "cluster_unsettled",
            Self::NodesPartial(_) => "nodes_partial",
            Self::ClusterForbidden(_) => "cluster_forbidden",
            Self::ClusterUnseen(_) => "cluster_unseen",
            Self::MachineUnseen => "machine_unseen",
            Self::MachinesFiltered => "machines_filtered",
            Self::OpinionUnseen => "opinion_unseen",
            Self::OpinionSilent => "opinion_silent",
            Self::State(_) => "state_unknown",
            Self::FromTheFuture => "from_the_future",
            Self::SameAddress(_) => "same_address",
            Self::SourceUnseen => "source_unseen",
            Self::BackendsUnseen => "backends_unseen",
        }
    }

    /// Returns what it is about: a cluster, a node or a state; empty for most.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::ClustersFiltered(cluster)
            | Self::NodesUnseen(cluster)
            | Self::ClusterUnsettled(cluster)
            | Self::NodesPartial(cluster)
            | Self::ClusterForbidden(cluster)
            | Self::ClusterUnseen(cluster) => cluster.as_str(),
            Self::State(about) | Self::SameAddress(about) => about,
            Self::ClustersUnseen
            | Self::MachineUnseen
            | Self::MachinesFiltered
            | Self::OpinionUnseen
            | Self::OpinionSilent
            | Self::FromTheFuture
            | Self::SourceUnseen
            | Self::BackendsUnseen => "",
        }
    }
}

/// Returns reasons as one fact, `word:about` each, in one order.
#[must_use]
pub fn reasons_text(reasons: &BTreeSet<Reason>) -> String {
    let text = |it: &Reason| match it.about() {
        "" => it.word().to_owned(),
        about => format!("{}:{about}", it.word()),
    };
    reasons.iter().map(text).collect::<Vec<_>>().join(SEPARATOR)
}

/// Returns the word and subject of each reason in such a fact.
pub fn reasons_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(SEPARATOR)
        .filter(|it| !it.is_empty())
        .map(|it| it.split_once(':').unwrap_or((it, "")))
}

const SEPARATOR: &str = ", ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_back_as_they_were_written() {
        let reasons = BTreeSet::from([
            Reason::NodesUnseen(ResourceId::new("cls-2")),
            Reason::ClustersUnseen,
            Reason::State("RESCUE:3".into()),
        ]);
        let text = reasons_text(&reasons);
        assert_eq!(
            text,
            "clusters_unseen, nodes_unseen:cls-2, state_unknown:RESCUE:3"
        );
        let read: Vec<_> = reasons_in(&text).collect();
        assert_eq!(
            read,
            [
                ("clusters_unseen", ""),
                ("nodes_unseen", "cls-2"),
                ("state_unknown", "RESCUE:3")
            ]
        );
        assert_eq!(reasons_in("").count(), 0);
    }
}
