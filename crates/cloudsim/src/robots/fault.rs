//! Bad days, on demand.

use std::collections::VecDeque;
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// HTTP 200 with the vendor's envelope and this code; nothing is delivered.
    Code {
        /// The `errcode` or `code`; ignored by Slack and the generic webhook, which have none.
        code: i64,
        /// The `errmsg` or `msg`, or the whole body where there is no envelope.
        message: String,
    },
    /// HTTP 200 with the HTML page of a gateway; nothing is delivered.
    Html,
    /// This HTTP status with an empty body (202, 403, 500, 503 …); nothing is delivered.
    Status(u16),
    /// The vendor's own rate limit, with all that follows from it; nothing is delivered.
    RateLimit,
    /// A redirect (307) to this location; nothing is delivered.
    Redirect(String),
    /// The ordinary answer, but only after this much time of the robots' clock.
    Slow(Duration),
    /// No answer at all, ever; nothing is delivered.
    Silent,
    /// No answer at all, ever; the message **is** delivered.
    SilentAfterDelivery,
    /// The connection is reset after the request was read; nothing is delivered.
    Reset,
    /// The connection is reset after the message was delivered: the answer is lost.
    ResetAfterDelivery,
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The next request only.
    Once,
    /// This many requests.
    Next(u32),
    /// Every request until [`super::Robots::heal`].
    Forever,
}

/// The faults of one robot, in the order in which they were armed.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: VecDeque<Armed>,
}

#[derive(Debug)]
struct Armed {
    healthy: u32,
    fault: Fault,
    times: Times,
}

impl Faults {
    pub(super) fn arm(&mut self, healthy: u32, fault: Fault, times: Times) {
        self.armed.push_back(Armed {
            healthy,
            fault,
            times,
        });
    }

    pub(super) fn clear(&mut self) {
        self.armed.clear();
    }

    /// Returns the fault of this request, if it has one, and counts it.
    pub(super) fn strike(&mut self) -> Option<Fault> {
        loop {
            let first = self.armed.front_mut()?;
            if first.healthy > 0 {
                first.healthy -= 1;
                return None;
            }
            first.times = match first.times {
                Times::Forever => return Some(first.fault.clone()),
                Times::Next(0) => {
                    self.armed.pop_front();
                    continue;
                }
                Times::Next(left) => Times::Next(left - 1),
                Times::Once => Times::Next(0),
            };
            return Some(first.fault.clone());
        }
    }
}
