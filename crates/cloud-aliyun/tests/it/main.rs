//! The adapter over the wire, against the simulated cloud and its own verification of signatures.

#[cfg(test)]
mod alarming;
#[cfg(test)]
mod changing;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod conforming;
#[cfg(test)]
mod copying;
#[cfg(test)]
mod imaging;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sites;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod troubles;
