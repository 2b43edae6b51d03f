"""Recipes for the markup of common software: where posts begin, and where in them the account, the time and the
permalink stand. Data of `posts`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """marks: pieces of text of which a page with such posts has at least one: to look for them costs far less than a
    selector. The others are CSS selectors: post anywhere; account, time and link inside the post, each several, best
    first."""

    name: str
    marks: tuple[str, ...]
    post: str
    account: tuple[str, ...]
    time: tuple[str, ...]
    link: tuple[str, ...]


RECIPES = (
    Recipe(
        "xenforo",
        ("data-content", "data-author"),
        "article.message[data-content], li.message[data-author]",
        (".message-name .username", ".message-name", ".username"),
        ("time[datetime]", ".DateTime"),
        (
            '.message-attribution-main a[href*="post"]',
            '.message-attribution a[href*="post-"]',
            "a.datePermalink",
            "a[href*='/post-']",
        ),
    ),
    Recipe(
        "phpbb",
        ("viewtopic", "postprofile", "postbody", "author"),
        "div.post[id^=p]:not([id^=post])",
        (
            ".author .username",
            ".author .username-coloured",
            ".postprofile .username-coloured",
            ".postprofile .username",
            ".author a",
        ),
        ("p.author time[datetime]", "time[datetime]", "p.author"),
        ("h3 a[href]", 'a[href*="#p"]', "p.author a[href*='p=']"),
    ),
    Recipe(
        "discourse",
        ("crawler-post", "data-post-id"),
        "div.topic-body.crawler-post, article[data-post-id]",
        (".creator [itemprop=name]", ".names .username a", ".names a"),
        ("time[datetime]", ".crawler-post-infos time", ".post-date .relative-date"),
        ("a.post-date[href]", "link[itemprop=url][href], meta[itemprop=url][content]", "a[itemprop=url]"),
    ),
    Recipe(
        "vbulletin",
        ("postbit", "postcontainer", "b-post", "postcount", "bigusername"),
        "li.postbitlegacy, li.postbit, li.postcontainer, li.b-post, table[id^=post]",
        ("a.username strong", "a.username", ".b-userinfo .author a", ".bigusername", ".author a"),
        ("time[datetime]", ".date", ".b-post__timestamp", "td.thead"),
        ("a.postcounter[href]", "a.b-post__count[href]", 'a[href*="showthread.php?p="]', "a[id^=postcount][href]"),
    ),
    Recipe(
        "mybb",
        ("post_",),
        "div.post[id^=post_]",
        (".author_information .largetext a", ".author_information .largetext", ".post_author a"),
        (".post_date span[title]", ".post_date"),
        (".post_head .float_right a[href]", 'a[href*="pid="]'),
    ),
    Recipe(
        "smf",
        ("post_wrapper", "msg"),
        "div.post_wrapper, div.windowbg[id^=msg]",
        (".poster h4 a", ".poster h4"),
        (".postinfo time[datetime]", ".smalltext", ".postinfo .smalltext"),
        (".postinfo a.smalltext[href]", 'h5 a[href*="msg"]', 'a[href*="#msg"]'),
    ),
    Recipe(
        "flaskbb",
        ("post-row",),
        "div.post-row",
        (".author-name a", ".author-box .author-name", "a[href*='/user/']"),
        (".post-meta time[datetime]", ".post-time", ".post-meta a"),
        (".post-meta a[href*='/post/']", "a[href*='/post/']"),
    ),
    Recipe(
        "misago",
        ("post-",),
        "li.post[id^=post-]",
        (".post-author .item-title", "a.item-title", ".post-heading a[href*='/u/']"),
        ("time[datetime]", "abbr[title]", ".posted-on"),
        ("a.posted-on[href]", "a[href*='/post/']"),
    ),
    Recipe(
        "machina",
        ("post-content-wrapper",),
        "div.post-content-wrapper",
        ("small a[href*='/profile/']",),
        ("time[datetime]", "p small"),
        (".subject a[href*='#']", ".subject a[href]"),
    ),
    Recipe(
        "spirit",
        ("comments_list__comment",),
        "div.comments_list__comment",
        ("a.comment__info__username__link",),
        (".comment__info__date li[title]",),
        ("input.comment__footer__share__url[value]",),
    ),
    Recipe(
        "telegram",
        ("tgme_widget_message",),
        "div.tgme_widget_message[data-post]",
        (".tgme_widget_message_owner_name", ".tgme_widget_message_author"),
        ("time[datetime]",),
        ("a.tgme_widget_message_date[href]",),
    ),
    Recipe(
        "vichan",
        ("reply", "postContainer", "post op"),
        "div.post.op, div.post.reply, div.postContainer",
        (".name", ".nameBlock .name"),
        ("time[datetime]", ".dateTime[data-utc]", ".dateTime"),
        ("a.post_no[href]", ".postNum a[href]"),
    ),
    Recipe(
        "booru",
        ("image-container", "post-view"),
        "#image-container[data-id], section.image-container, #post-view",
        ("#post-info-uploader a", 'li a[href*="/users/"]', 'a[href*="s=view&id="]'),
        ("time[datetime]", "#post-info-date time"),
        (),
    ),
    Recipe(
        "invision",
        ("ipsComment", "cPost"),
        "article[id^=elComment_], div[id^=comment-].ipsComment, article.ipsComment",
        (".cAuthorPane_author a", ".ipsComment_author h3 a", ".ipsComment_author strong a", "h3 a"),
        (".ipsComment_meta time[datetime]", "time[datetime]"),
        ('a[href*="findComment"]', "a[data-role=shareComment][href]", ".ipsComment_meta a[href]"),
    ),
    Recipe(
        "vanilla",
        ("ItemComment", "ItemDiscussion"),
        ".ItemComment, .ItemDiscussion",
        (".Author a.Username", ".Author .Username", "a.Username"),
        (".DateCreated time[datetime]", "time[datetime]"),
        (".DateCreated a.Permalink[href]", "a.Permalink[href]", ".DateCreated a[href]"),
    ),
    Recipe(
        "nodebb",
        ("data-pid",),
        "[component=post][data-pid]",
        ("[itemprop=author] [itemprop=name][content]", "a[data-username]", ".username"),
        ("meta[itemprop=datePublished][content]", ".permalink .timeago[title]", ".timeago[title]"),
        ("a.permalink[href]", 'a[href*="/post/"]'),
    ),
    Recipe(
        "discuz",
        ("authorposton",),
        "#postlist > div[id^=post_]",
        (".authi a.xw1", ".authi a"),
        ("em[id^=authorposton] span[title]", "em[id^=authorposton]"),
        ("a[id^=postnum][href]",),
    ),
    Recipe(
        "punbb",
        ("blockpost", "posthead"),
        "div.blockpost[id^=p]",
        (".postleft dt strong", ".postleft dt"),
        ("h2 span a", "h2"),
        ('h2 a[href*="pid="]', "h2 a[href]"),
    ),
    Recipe(
        "wordpress",
        ("hentry", "type-post", "wp-block-post", "comment-"),
        "article.hentry, div.hentry, article.type-post, .wp-block-post, li.comment[id^=comment-]",
        (
            ".author.vcard .fn",
            ".author .fn",
            "a[rel=author]",
            ".entry-author",
            ".comment-author .fn",
            ".wp-block-post-author__name",
            ".bbp-author-name",
        ),
        ("time.entry-date[datetime]", "time[datetime]", ".published"),
        (".entry-title a[href]", "a[rel=bookmark]", ".wp-block-post-title a[href]", ".comment-metadata a[href]"),
    ),
    Recipe(
        "general",
        ("",),
        "article, [itemprop=comment], [itemtype*=Posting], [itemtype*=Comment], [itemtype*=ImageObject], .post, "
        ".comment, .h-entry",
        (
            *(
                "[itemprop=author] [itemprop=name]",
                "[itemprop=author]",
                "a[rel=author]",
                ".p-author",
                ".author .username",
                ".author .name",
                ".author a[href*='/user'], .author a[href*='/u/']",
                ".author",
                ".username",
                ".PostUser-name",
            ),
            *(
                ".user-name",
                ".nickname",
                ".byline a",
                ".poster",
                "a[href*='/user/']",
                "a[href*='/users/']",
                "a[href*='/u/']",
            ),
        ),
        (
            "time[datetime]",
            "[itemprop=datePublished]",
            "[itemprop=dateCreated]",
            "[itemprop=uploadDate]",
            "abbr[title]",
            ".date",
        ),
        (
            "a.permalink[href]",
            "a[rel=bookmark]",
            "a.u-url[href]",
            "[itemprop=url][href]",
            "a[href*='#post']",
            "a[href*='#comment']",
            "time a[href]",
            "a.date[href]",
        ),
    ),
)
