//! The orphan duty: machines that belonged to a Kubernetes cluster and no longer do, and disks,
//! addresses, snapshots, images and load balancers that nobody uses.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
