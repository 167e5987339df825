//! The outlets' feeds, each with the habits of its maker.

use super::View;
use super::http::{Reply, date};
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::{Outlet, Story};

const XML: &str = "application/rss+xml; charset=utf-8";
const YEAR_MS: i64 = 365 * 86_400_000;
/// Longer than any headline, shorter than any feed may be.
const GIANT_CHARS: usize = 1 << 20;

/// Answers one GET, if the path is a feed's.
pub(crate) fn answer(view: &View<'_>, path: &str) -> Option<Reply> {
    let outlet = match path {
        "/arc/outboundfeeds/rss" => Outlet::CoinDesk,
        "/rss" => Outlet::Cointelegraph,
        "/feed" => Outlet::Decrypt,
        "/feed/" => Outlet::CryptoSlate,
        "/newsbtc/feed/" => Outlet::NewsBtc,
        _ => return None,
    };
    Some(Reply::new(200, XML, feed(view, outlet)))
}

fn feed(view: &View<'_>, outlet: Outlet) -> String {
    let stories = view.moment.stories(outlet);
    let mut items: Vec<String> =
        stories.iter().enumerate().map(|(place, story)| item(view, outlet, story, place == 0)).collect();
    view.arrange(&mut items);
    let (name, site) = (outlet.name(), site(outlet));
    let built = date(stories.first().map_or(0, |story| story.published_ms));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n<title>{name} (simulated)</title>\n<link>{site}/</link>\n\
         <atom:link href=\"{site}/feed\" rel=\"self\" type=\"application/rss+xml\"/>\n<lastBuildDate>{built}</lastBuildDate>\n\
         <language>en-US</language>\n<ttl>5</ttl>\n{}</channel>\n</rss>\n",
        items.concat()
    )
}

fn site(outlet: Outlet) -> String {
    format!("https://www.{}.example", outlet.name().to_lowercase())
}

fn item(view: &View<'_>, outlet: Outlet, story: &Story, is_first: bool) -> String {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let mut title = if view.hostile_names { HOSTILE.to_owned() } else { story.title.clone() };
    if bent(ItemChange::Giant) {
        title.push_str(&"x".repeat(GIANT_CHARS));
    }
    let (site, slug, number) = (site(outlet), &story.slug, story.number);
    let link = if bent(ItemChange::Mistyped) { "7".to_owned() } else { format!("{site}/{slug}") };
    let date = match () {
        () if bent(ItemChange::Undated) => String::new(),
        () if bent(ItemChange::Nan) => "<pubDate>NaN</pubDate>".to_owned(),
        () if bent(ItemChange::Future) => format!("<pubDate>{}</pubDate>", date(story.published_ms + YEAR_MS)),
        () if outlet == Outlet::Decrypt => format!("<pubDate>{}</pubDate>", date(story.published_ms)),
        () => format!("<pubDate>{}</pubDate>", date(story.published_ms).replace("GMT", "+0000")),
    };
    let authors: String = story.authors.iter().map(|name| format!("<dc:creator>{name}</dc:creator>")).collect();
    let (cdata, summary) = (cdata(&title), &story.summary);
    let rest = match outlet {
        Outlet::CoinDesk => format!(
            "<title>{cdata}</title><link>{link}</link><guid isPermaLink=\"false\">{number:08x}-0000-4000-8000-{number:012x}</guid>\
             <description>{}</description>{authors}<content:encoded/><category domain=\"{site}/markets\"><![CDATA[Markets]]></category>",
            self::cdata(summary)
        ),
        Outlet::Cointelegraph => format!(
            "<title>{cdata}</title><link>{link}?utm_source=rss_feed&amp;utm_medium=rss</link><guid isPermaLink=\"true\">{link}</guid>\
             {authors}<media:content url=\"{site}/{number}.jpg\" medium=\"image\"/><description>{}</description>",
            self::cdata(&format!("<p style=\"float:right\"><img src=\"{site}/{number}.jpg\"></p><p>{summary}</p>"))
        ),
        Outlet::Decrypt | Outlet::CryptoSlate | Outlet::NewsBtc => {
            let (title, name) = (escaped(&title), outlet.name());
            let trailer =
                format!("The post <a href=\"{link}/\">{slug}</a> appeared first on <a href=\"{site}\">{name}</a>.");
            format!(
                "<title>{title}</title><link>{link}/</link>{authors}<guid isPermaLink=\"false\">{site}/?p={number}</guid>\
                 <description>{}</description><content:encoded>{}</content:encoded>",
                self::cdata(&format!("<p>{summary} [&#8230;]</p>\n<p>{trailer}</p>")),
                self::cdata(&format!("<p>{summary}</p><p>And so on at some length.</p>"))
            )
        }
    };
    format!("<item>{rest}{date}</item>\n")
}

fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]&gt;"))
}

/// As WordPress writes a title.
fn escaped(text: &str) -> String {
    text.replace('&', "&#038;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#8217;")
}
