import Crypto
import Foundation

/// How a report looks, on a screen and on paper.
enum ReportStyle {
    /// What the page's policy lets in: the SHA-256 of the text in base64.
    static var digest: String { Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString() }

    static let text = """
        :root{--ink:#1b1f24;--soft:#59636e;--line:#d8dee4;--wash:#f6f8fa;--good:#116329;--goodwash:#e3f5e7;
        --bad:#a40e26;--badwash:#fdebec;--warn:#7a4d00;--warnwash:#fff4d6}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:40px 32px 64px;max-width:1020px;color:var(--ink);background:#fff;
        font:15px/1.5 "Liberation Sans","Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        h1{font-size:28px;line-height:1.2;margin:4px 0 6px}
        h2{font-size:18px;margin:36px 0 10px;padding-bottom:6px;border-bottom:2px solid var(--ink)}
        h3{font-size:15px;margin:22px 0 8px}
        p{margin:0 0 10px}
        .kind{font-size:12px;letter-spacing:.08em;text-transform:uppercase;color:var(--soft)}
        .lead{color:var(--soft);max-width:75ch}
        .soft{color:var(--soft)}
        .small{font-size:13px}
        .verdict{margin:18px 0 22px;padding:14px 18px;border-left:5px solid;border-radius:4px}
        .verdict b{font-size:17px;display:block}
        .verdict.good{background:var(--goodwash);border-color:var(--good)}
        .verdict.bad{background:var(--badwash);border-color:var(--bad)}
        .verdict.warn{background:var(--warnwash);border-color:var(--warn)}
        .pill{display:inline-block;padding:1px 9px;border-radius:10px;font-size:12.5px;font-weight:600;white-space:nowrap}
        .pill.good{background:var(--goodwash);color:var(--good)}
        .pill.bad{background:var(--badwash);color:var(--bad)}
        .pill.warn{background:var(--warnwash);color:var(--warn)}
        .pill.plain{background:var(--wash);color:var(--soft)}
        dl{display:grid;grid-template-columns:150px 1fr;gap:5px 18px;margin:0}
        dt{color:var(--soft)}
        dd{margin:0;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;margin:6px 0 4px;font-size:14px}
        th{text-align:left;font-weight:600;color:var(--soft);font-size:12.5px;padding:5px 10px;
        border-bottom:1px solid var(--ink);vertical-align:bottom}
        td{padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word}
        th:first-child,td:first-child{padding-left:0}
        table.steps td:first-child{width:28px;color:var(--soft)}
        table.time td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}
        code,pre,.nodes{font-family:"Liberation Mono","DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:13px}
        pre{margin:4px 0;padding:8px 10px;background:var(--wash);border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere}
        .nodes{overflow-wrap:anywhere}
        .history{border:1px solid var(--line);border-radius:6px;padding:4px 16px 12px;margin:14px 0}
        .history h3{margin:12px 0 6px}
        .run{margin-top:56px;padding-top:24px;border-top:6px solid var(--ink)}
        footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--line);font-size:13px;color:var(--soft)}
        a{color:inherit}
        @page{margin:16mm 14mm}
        @media print{body{padding:0;max-width:none;font-size:10.5pt}.run{break-before:page;border-top:0;margin-top:0}
        h2,h3{break-after:avoid}tr,.verdict,.history h3{break-inside:avoid}table,code,pre,.nodes{font-size:9.5pt}
        .pill,.verdict,pre{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        @media (max-width:640px){body{padding:20px 14px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
        """
}
