//! Where this test's programs can be reached: on this machine only.
//!
//! Owns reading the kernel's tables. <https://docs.kernel.org/networking/proc_net_tcp.html>

use std::collections::BTreeSet;
use std::fs;

/// The state of a socket that accepts connections.
const LISTEN: &str = "0A";
/// 127.0.0.1 in the table's words.
const LOOPBACK: &str = "0100007F";

/// Every program of ours listens on the loopback interface, or not at all.
pub(crate) fn is_all_that_listens(programs: &[u32]) {
    let mut listening = 0;
    for program in programs {
        let sockets = sockets_of(*program);
        for table in ["tcp", "tcp6"] {
            let table = fs::read_to_string(format!("/proc/{program}/net/{table}")).expect("the kernel's table");
            for row in table.lines().skip(1) {
                let columns: Vec<&str> = row.split_whitespace().collect();
                let (local, state, inode) = (columns[1], columns[3], columns[9]);
                if state == LISTEN && sockets.contains(inode) {
                    let (address, port) = local.split_once(':').expect("an address and a port");
                    assert_eq!(address, LOOPBACK, "{program} listens on port {port} (hexadecimal) elsewhere");
                    listening += 1;
                }
            }
        }
    }
    assert!(listening >= programs.len(), "the tables show {listening} sockets only");
}

/// The inodes of a program's sockets.
fn sockets_of(program: u32) -> BTreeSet<String> {
    let files = fs::read_dir(format!("/proc/{program}/fd")).expect("a program of ours");
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let inode = |link: std::path::PathBuf| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(inode).collect()
}
