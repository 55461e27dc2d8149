//! The adapter against a simulated cloud, over the wire; where that has no such trouble, against a
//! far side in memory.

#[cfg(test)]
mod alarming;
#[cfg(test)]
mod changing;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod conforming;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod far;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod script;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod troubles;
#[cfg(test)]
mod wire;
