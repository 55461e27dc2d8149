//! A cloud whose memory is a file that is only ever added to, so that it outlives the processes that
//! call it, and the process that works through a story with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, ManualClock, SystemChance, SystemClock};
use flow::{Act, Begun, Check, FlowError, Job, Made, Settle, StepRunner};
use store::{Db, StoreUrl};

use crate::cloud::{lines, start};
use crate::servers;

/// A file of that name says that two processes work side by side, in the machine's own time: each with
/// a clock that hurries they would not agree on when a lease ends.
pub(crate) const BESIDE: &str = "beside";

/// So often a run is taken up again, for the sake of answers that are lost for long.
const ROUNDS: usize = 20;

struct DiskCloud {
    log: PathBuf,
    turns: BTreeMap<String, Vec<String>>,
}

impl DiskCloud {
    fn say(&self, line: &str) {
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        log.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn said(&self) -> Vec<String> {
        read_lines(&self.log)
    }

    fn mark(&self, job: &Job) -> Option<String> {
        let (made, gone) = (
            format!("made {}", job.subject),
            format!("gone {}", job.subject),
        );
        let is_there = self.said().iter().any(|it| *it == made || *it == gone);
        is_there.then(|| format!("thing-of-{}", job.subject))
    }

    fn deed(job: &Job) -> String {
        let word = if job.step == "delete" { "gone" } else { "made" };
        format!("{word} {}", job.subject)
    }
}

#[async_trait]
impl StepRunner for DiskCloud {
    async fn check(&self, job: &Job) -> Check {
        match self.mark(job) {
            Some(_) if job.step == "delete" => Check::Done {
                note: "it is gone".into(),
            },
            _ => Check::Go,
        }
    }

    async fn act(&self, job: &Job, begun: Begun, made: &Made) -> Act {
        let attempt = format!("asked {}", job.subject);
        let attempts = self.said().iter().filter(|it| **it == attempt).count();
        self.say(&attempt);
        let known = |it: &&usize| made.mark(**it).is_none();
        // What has nothing to do has no mark: only things that are made are asked for.
        if let Some(missing) = job.after.iter().find(known)
            && self.said().contains(&format!("made i-{missing}"))
        {
            self.say(&format!("blind {}", job.subject));
        }
        if begun == Begun::Again
            && let Some(mark) = self.mark(job)
        {
            return Act::Made { mark };
        }
        let turn = self.turns[&job.subject].get(attempts);
        match turn.map_or("make", String::as_str) {
            "make" => {
                self.say(&Self::deed(job));
                let mark = format!("thing-of-{}", job.subject);
                return Act::Made { mark };
            }
            "later" => {
                return Act::Later {
                    why: "too many at once".into(),
                    after: Duration::from_secs(5),
                };
            }
            "fail" => {
                return Act::Failed {
                    why: "no permission".into(),
                };
            }
            "make_and_lose" => self.say(&Self::deed(job)),
            "lose" => {}
            other => panic!("{other}"),
        }
        Act::Unclear {
            why: "no answer".into(),
        }
    }

    async fn settle(&self, job: &Job, mark: &str) -> Settle {
        self.say(&format!("ready {}", job.subject));
        let note = format!("{mark} is ready");
        Settle::Ready { note }
    }
}

/// Works through the story in a folder until nothing is open, from wherever another process left it.
pub(crate) async fn work(folder: &Path) {
    let db = match fs::read_to_string(folder.join("url")) {
        Ok(url) => servers::open(&url).await,
        Err(_) => {
            let url = StoreUrl::sqlite(folder.join("store.db"));
            Db::open(&url).await.unwrap()
        }
    };
    let (jobs, turns) = read_story(folder);
    let cloud = DiskCloud {
        log: folder.join("log"),
        turns,
    };
    let clock: Arc<dyn Clock> = if folder.join(BESIDE).exists() {
        Arc::new(SystemClock::new())
    } else {
        Arc::new(ManualClock::hurrying(start()))
    };
    let now = clock.now();
    let run = match db.run_list(1).await.unwrap().pop() {
        Some(run) => run.id,
        None => {
            let run = db.run_start(&SystemChance, "backups", "apply", now);
            run.await.unwrap()
        }
    };
    let mut rounds = 0;
    while rounds < ROUNDS {
        let worked = if db.journal_list(&run).await.unwrap().is_empty() {
            flow::apply(&db, &clock, &cloud, &run, &jobs).await
        } else {
            flow::resume(&db, &clock, &cloud, &run).await
        };
        match worked {
            Ok(outcomes) => {
                rounds += 1;
                if db.journal_unfinished().await.unwrap().is_empty() {
                    return tell(folder, &lines(&outcomes));
                }
            }
            // Somebody else is at it, or was quicker to begin.
            Err(FlowError::Busy { .. } | FlowError::Misfit { .. }) => {
                fs::write(folder.join("busy"), "").unwrap();
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("it never comes to an end");
}

fn tell(folder: &Path, outcomes: &str) {
    // In one go, for whoever else tells the same.
    let draft = folder.join(format!("outcomes-{}", std::process::id()));
    fs::write(&draft, outcomes).unwrap();
    fs::rename(draft, folder.join("outcomes")).unwrap();
}

/// Reads lines like `2 delete old-2 after=0,1 turns=lose,make`.
fn read_story(folder: &Path) -> (Vec<Job>, BTreeMap<String, Vec<String>>) {
    let list = |text: &str| -> Vec<String> {
        let items = text.split(',').filter(|it| !it.is_empty());
        items.map(ToOwned::to_owned).collect()
    };
    let (mut jobs, mut turns) = (Vec::new(), BTreeMap::new());
    for line in read_lines(&folder.join("story")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [place, step, subject, after, its_turns] = words[..] else {
            continue;
        };
        let after = list(after.strip_prefix("after=").unwrap());
        turns.insert(
            subject.to_owned(),
            list(its_turns.strip_prefix("turns=").unwrap()),
        );
        jobs.push(Job {
            place: place.parse().unwrap(),
            token: format!("token-{place}"),
            lane: "shop".into(),
            region: "cn-hangzhou".into(),
            step: step.to_owned(),
            subject: subject.to_owned(),
            after: after.iter().map(|it| it.parse().unwrap()).collect(),
            body: line.clone(),
        });
    }
    (jobs, turns)
}

/// What the world looks like in the end, and what was said of it.
pub(crate) struct Told {
    jobs: Vec<Job>,
    log: Vec<String>,
    outcomes: Vec<String>,
}

impl Told {
    pub(crate) fn read(folder: &Path) -> Self {
        Self {
            jobs: read_story(folder).0,
            log: read_lines(&folder.join("log")),
            outcomes: read_lines(&folder.join("outcomes")),
        }
    }

    /// Returns everything that must not be: done twice, lost, too early, or told wrongly.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let at = |line: &str| self.log.iter().position(|it| it == line);
        let mut seen = BTreeSet::new();
        for line in &self.log {
            match line.split_once(' ') {
                Some(("made" | "gone", subject)) if !seen.insert(line) => {
                    faults.push(format!("{subject} was made twice"));
                }
                Some(("blind", subject)) => {
                    faults.push(format!("{subject} does not know what was made before it"));
                }
                _ => {}
            }
        }
        for (index, job) in self.jobs.iter().enumerate() {
            let subject = &job.subject;
            let deed = at(&DiskCloud::deed(job));
            for before in &job.after {
                let before = &self.jobs[*before];
                let first =
                    at(&format!("ready {}", before.subject)).or(at(&DiskCloud::deed(before)));
                if deed.is_some_and(|it| first.is_none_or(|first| first > it)) {
                    faults.push(format!("{subject} came before {}", before.subject));
                }
            }
            let told = self.outcomes.get(index).map_or("", String::as_str);
            let is_told = told.starts_with(&format!("{index} done: "));
            if is_told && job.step == "create" && told.ends_with("[nothing]") {
                faults.push(format!("the mark of {subject} is lost"));
            }
            if is_told != deed.is_some() {
                faults.push(format!(
                    "{subject}: told {told:?}, and the world has {deed:?}"
                ));
            }
        }
        faults
    }
}

fn read_lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(ToOwned::to_owned).collect()
}
