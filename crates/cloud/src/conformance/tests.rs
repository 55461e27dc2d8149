use std::sync::Mutex;

use model::{AccountId, CloudId, Domain, Expiry, Identity, Place, ResourceId, Tags};

use super::*;
use crate::error::CallSite;
use crate::pager::{Next, Page, PageAt};
use crate::ports::{Access, Domains, Requirement};

/// A cloud in memory with one list, and an adapter to it that can be made careless.
#[derive(Clone)]
struct Memory {
    cloud: CloudId,
    account: AccountId,
    trouble: Arc<Mutex<Option<Trouble>>>,
    looks: Arc<Mutex<u32>>,
    careless: bool,
}

impl Memory {
    fn new(careless: bool) -> Self {
        Self {
            cloud: CloudId::new("memory"),
            account: AccountId::new("shop"),
            trouble: Arc::default(),
            looks: Arc::default(),
            careless,
        }
    }

    fn fails(&self, kind: ErrorKind) -> CloudError {
        let account = self.account.clone();
        let site = CallSite {
            account,
            place: Place::Global,
            operation: "List",
        };
        CloudError::new(site, kind, "")
    }
}

const NAMES: [&str; 5] = ["a.cn", "b.cn", "c.cn", "d.cn", "e.cn"];

/// What a page is refused with, if anything.
fn failure(trouble: Option<Trouble>, number: u32) -> Option<ErrorKind> {
    match trouble? {
        Trouble::Down => Some(ErrorKind::Busy),
        Trouble::DeadPage { page } if page == number => Some(ErrorKind::Busy),
        Trouble::Denied => Some(ErrorKind::Denied { permission: None }),
        Trouble::LogInPage | Trouble::Garbage => Some(ErrorKind::Undecodable),
        Trouble::WrongKey => Some(ErrorKind::Credentials),
        _ => None,
    }
}

#[async_trait]
impl Stage for Memory {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.clone())
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        match asked {
            Asked::Identity => Some(["1234".to_owned()].into()),
            Asked::Domains => Some(NAMES.map(str::to_owned).into()),
            _ => None,
        }
    }

    async fn trouble(&self, _asked: Asked, trouble: Trouble) {
        *self.trouble.lock().unwrap() = Some(trouble);
        *self.looks.lock().unwrap() = 0;
    }

    async fn calm(&self) {
        *self.trouble.lock().unwrap() = None;
    }
}

#[async_trait]
impl Provider for Memory {
    fn cloud(&self) -> &CloudId {
        &self.cloud
    }

    fn account(&self) -> &AccountId {
        &self.account
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        let identity = Identity {
            account: "1234".to_owned(),
            principal: "me".to_owned(),
            sort: "user".to_owned(),
        };
        let trouble = *self.trouble.lock().unwrap();
        match failure(trouble, 1) {
            Some(kind) if !self.careless => Err(self.fails(kind)),
            _ => Ok(identity),
        }
    }

    fn renewal_page(&self) -> &str {
        ""
    }

    fn domains(&self) -> Option<&dyn Domains> {
        Some(self)
    }

    fn access(&self) -> Option<&dyn Access> {
        Some(self)
    }
}

impl Domains for Memory {
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Access for Memory {
    fn requirements(&self) -> &[Requirement] {
        &[Requirement {
            kind: model::Kind::DOMAIN,
            permissions: &["domain:List"],
            operations: &["List"],
            page_size: 2,
            free_calls_a_month: None,
        }]
    }

    async fn check(&self, _requirement: &Requirement) -> Result<(), CloudError> {
        match *self.trouble.lock().unwrap() {
            Some(Trouble::Denied) if !self.careless => Err(self.fails(ErrorKind::Denied {
                permission: Some("domain:List".into()),
            })),
            _ => Ok(()),
        }
    }

    fn policy(&self, requirements: &[&Requirement]) -> String {
        format!("{:?}", requirements[0].permissions)
    }
}

#[async_trait]
impl PageSource<Domain> for Memory {
    fn site(&self) -> CallSite {
        self.fails(ErrorKind::Busy).site
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Domain>, CloudError> {
        let number = match at {
            PageAt::Number(number) => *number,
            _ => 1,
        };
        let look = {
            let mut looks = self.looks.lock().unwrap();
            *looks += u32::from(number == 1);
            *looks
        };
        let trouble = *self.trouble.lock().unwrap();
        let first = (number as usize - 1) * 2;
        let mut names = NAMES[first..NAMES.len().min(first + 2)].to_vec();
        let mut total = NAMES.len() as u64;
        match (failure(trouble, number), self.careless) {
            (Some(kind), false) => return Err(self.fails(kind)),
            // The mistake of a script: what cannot be had is not there.
            (Some(_), true) => {
                return Ok(Page {
                    items: vec![],
                    next: Next::End,
                    total: None,
                });
            }
            (None, _) => {}
        }
        match trouble {
            Some(Trouble::Empty) => {
                return Ok(Page {
                    items: vec![],
                    next: Next::End,
                    total: Some(0),
                });
            }
            Some(Trouble::LyingTotal) => total += 1,
            Some(Trouble::RepeatedRow) => names.push(names[0]),
            Some(Trouble::RowLost) if number == 2 => names[1] = names[0],
            Some(Trouble::RowLostOnce) if number == 2 && look == 1 => names[1] = names[0],
            _ => {}
        }
        let domain = |name: &str| Domain {
            id: ResourceId::new(name),
            name: name.to_owned(),
            expiry: Expiry::Never,
            auto_renew: None,
            in_redemption: false,
            tags: Tags::new(),
        };
        let items = names.into_iter().map(domain).collect();
        let total = (!self.careless).then_some(total);
        Ok(Page {
            items,
            next: Next::Through(3),
            total,
        })
    }
}

#[tokio::test]
async fn an_adapter_that_keeps_to_the_rules_has_no_breach() {
    assert_eq!(breaches(&Memory::new(false)).await, []);
}

#[tokio::test]
async fn an_adapter_that_takes_failures_for_nothing_is_found_out() {
    let found = breaches(&Memory::new(true)).await;
    let broken = |asked| -> Vec<_> {
        found
            .iter()
            .filter(|it| it.asked == asked)
            .map(|it| it.rule)
            .collect()
    };
    assert_eq!(
        broken(Asked::Domains),
        [
            "a dead page makes the list unseen, not shorter",
            "a far side that is down leaves nothing seen",
            "a list shorter than its own total is unseen",
            "a row lost once is found by the second look",
            "a row lost for good makes the list unseen",
            "a missing right leaves nothing seen",
            "a log-in page is no answer",
            "garbage is no answer",
            "a wrong key leaves nothing seen",
            "a missing right is found by the check, and named",
        ]
    );
    assert_eq!(
        broken(Asked::Identity),
        [
            "a far side that is down leaves nothing seen",
            "a missing right leaves nothing seen",
            "a log-in page is no answer",
            "garbage is no answer",
            "a wrong key leaves nothing seen",
        ]
    );
    let page = found
        .iter()
        .find(|it| it.asked == Asked::Domains)
        .unwrap()
        .to_string();
    assert!(
        page.ends_with("saw a list of 3 rows: 2 missing, 0 never planted"),
        "{page}"
    );
}
