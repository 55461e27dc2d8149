//! The adapter over the wire, against the simulated cloud and its own verification of signatures.

#[cfg(test)]
mod changing;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod conforming;
#[cfg(test)]
mod crypt_keys;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod troubles;
