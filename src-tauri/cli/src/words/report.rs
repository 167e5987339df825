//! A report that was looked at again, in words.

use workstation::dto::VerifiedReport;

pub fn verified(report: &VerifiedReport) -> String {
    let VerifiedReport { kind, format, book, generated_at, rows, .. } = report;
    let verdict = if report.ok { "genuine" } else { "NOT PROVEN" };
    let mut lines = vec![
        format!("{verdict}: {} [{}]", report.message, report.code),
        format!(
            "{kind} as {format} of the {book} book, {rows} rows, made {generated_at} by version {}",
            report.program
        ),
    ];
    for device in &report.devices {
        lines.push(format!("journal of {}: {} facts, ending {}", device.device, device.facts, device.head));
    }
    if report.later_facts > 0 {
        lines.push(format!("{} facts came since", report.later_facts));
    }
    for found in &report.differences {
        lines.push(format!("{}: the file says {:?}, the journal {:?}", found.place, found.file, found.journal));
    }
    lines.join("\n")
}
