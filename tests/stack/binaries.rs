//! What the built functions need of the system that they run on.
//!
//! Owns the limit: the C library of Amazon Linux 2023, which `provided.al2023` is.

use crate::folder::RunFolder;
use crate::program::Program;
use crate::stage::FUNCTIONS;

/// <https://docs.aws.amazon.com/linux/al2023/ug/libc-versions.html>
const GLIBC_OF_AMAZON_LINUX_2023: (u32, u32) = (2, 34);

/// No function needs a newer C library than it will find.
pub(crate) async fn run_on_amazon_linux(folder: &RunFolder) {
    for function in FUNCTIONS {
        let binary = folder.at("build").join(function.resource).join("bootstrap");
        let mut command = folder.program("readelf");
        let ended = Program::run(command.arg("--version-info").arg(&binary)).await;
        assert!(ended.status.success(), "readelf: {}", ended.errors);
        let newest = versions(&ended.output).max();
        let newest = newest.unwrap_or_else(|| panic!("{} needs no C library at all", function.name));
        assert!(newest <= GLIBC_OF_AMAZON_LINUX_2023, "{} needs glibc {newest:?}", function.name);
    }
}

/// The versions in texts such as `Name: GLIBC_2.17  Flags: none`.
fn versions(table: &str) -> impl Iterator<Item = (u32, u32)> {
    table.split("GLIBC_").skip(1).filter_map(|rest| {
        let end = rest.find(|it: char| it != '.' && !it.is_ascii_digit()).unwrap_or(rest.len());
        let mut parts = rest[..end].split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    })
}
