# ruff: noqa: E501 - markup of others
"""What links the pages of software offer, and which of them the program follows: by the markup that their templates
write (phpBB prosilver, SMF 2.1, XenForo 2, vBulletin 3 and 5, MyBB, Discourse's noscript, NodeBB Harmony, Flarum, Lemmy,
PieFed, Coppermine, Piwigo, Lychee, Chevereto, boorus, vichan, MediaWiki, WordPress, Blogger, Tumblr, themes of Hugo and
Jekyll, indexes of nginx and Apache), cut to what has links in it."""

from __future__ import annotations

import pytest

from monitor.crawl.choosing import SURE, offers_of
from monitor.crawl.extract.page import read_html
from monitor.model.page import LinkMark, PageContent, ParseJob, Parser

S = "https://site.example"


def read(html: str, path: str = "/", *, is_rendered: bool = False) -> PageContent:
    job = ParseJob(Parser.HTML, S + path, offer_links=True, is_rendered=is_rendered)
    return read_html(job, f"<!doctype html><meta charset=utf-8><title>T</title>{html}".encode())


def followed(html: str, path: str = "/", *, is_rendered: bool = False) -> tuple[list[str], list[str]]:
    """(for certain, perhaps), each the worthiest first."""
    content = read(html, path, is_rendered=is_rendered)
    offers = sorted(offers_of(content.offered, content.url), key=lambda one: -one.worth)
    sure = [one.url.removeprefix(S) for one in offers if one.worth >= SURE]
    return sure, [one.url.removeprefix(S) for one in offers if one.worth < SURE]


PHPBB_INDEX = """<div id=page-header><ul id=nav-main class="nav-main linklist" role=menubar>
<li><a href="./app.php/help/faq" rel=help>FAQ</a><li><a href="./ucp.php?mode=register">Register</a>
<li><a href="./ucp.php?mode=login&amp;redirect=index.php">Login</a></ul>
<ul class="linklist navlinks"><li class=breadcrumbs><a href="./index.php">Board index</a></ul></div>
<div class=action-bar><a href="./search.php?search_id=unanswered">Unanswered topics</a></div>
<div class=forabg><ul class="topiclist forums"><li class=row><dl class=row-item><dt title="No unread posts">
<div class=list-inner><a href="./viewforum.php?f=2" class=forumtitle>Your first forum</a><br>Words
<br><strong>Moderator:</strong> <a href="./memberlist.php?mode=viewprofile&amp;u=2" class=username>ann</a></div></dt>
<dd class=lastpost><span><a href="./viewtopic.php?p=9#p9" class=lastsubject>Re: Words</a> by <a
href="./memberlist.php?mode=viewprofile&amp;u=2" class=username>ann</a> <a href="./viewtopic.php?p=9#p9" title="Go to last post">
<i class=icon></i></a></span></dd></dl></li></ul></div><div class="navbar" id=page-footer><a href="./ucp.php?mode=delete_cookies">
Delete cookies</a><a href="./memberlist.php">Members</a></div>"""
PHPBB_FORUM = """<h2 class=forum-title><a href="./viewforum.php?f=2">Forum</a></h2><div class=action-bar>
<a href="./posting.php?mode=post&amp;f=2" class=button title="Post a new topic">New Topic</a><div class=pagination>
<a href="./viewforum.php?f=2&amp;mark=topics" data-ajax=mark_topics_read>Mark topics read</a></div></div>
<div class=forumbg><ul class="topiclist topics"><li class="row bg1"><dl class=row-item><dt><div class=list-inner>
<a href="./viewtopic.php?t=5" class=topictitle>Words</a><div class=pagination><ul><li><a class=button href="./viewtopic.php?t=5&amp;start=10">2</a>
</ul></div> by <a href="./memberlist.php?mode=viewprofile&amp;u=2" class=username-coloured>ann</a></div></dt><dd class=lastpost><span>
<a href="./viewtopic.php?p=19#p19" title="Go to last post">x</a></span></dd></dl></li>
<li class="row bg2"><dl><dt><div class=list-inner><a href="./viewtopic.php?t=6" class=topictitle>More</a></div></dt></dl></li></ul></div>"""
SMF_BOARD = """<div id=top_section><ul><li><a href="/index.php?action=login">Log in</a><li><a href="/index.php?action=signup">Sign up</a></ul></div>
<div id=main_menu><ul class=dropmenu><li><a href="/index.php?action=help">Help</a><li><a href="/index.php?action=search">Search</a></ul></div>
<div id=main_content_section><div class=pagesection><a class=button href="/index.php?action=post;board=1.0">New topic</a>
<a class=button href="/index.php?action=markasread;sa=board;board=1.0;s=1">Mark read</a></div><div id=messageindex>
<div class=title_bar><div class=info><a href="/index.php?board=1.0;sort=subject">Subject</a></div></div><div id=topic_container>
<div class=windowbg><div class=info><div class=message_index_title><span class=preview><span id=msg_3><a
href="/index.php?topic=3.0">Words</a></span></span></div><p>Started by <a href="/index.php?action=profile;u=1">ann</a></p></div>
<div class=lastpost><p><a href="/index.php?topic=3.msg9#new">Today</a></p></div></div>
<div class=windowbg><div class=info><div class=message_index_title><span class=preview><span id=msg_4><a
href="/index.php?topic=4.0">More</a></span></span></div></div></div></div></div></div>"""
XENFORO_FORUM = """<nav class=p-nav><a href="/forums/">Forums</a><a href="/whats-new/">What's new</a><a href="/login/">Log in</a></nav>
<ul class=p-breadcrumbs><li><a href="/">Home</a></ul><div class=p-body-content><div class=block-outer>
<a class=button href="/forums/photos.2/post-thread">Post thread</a></div><div class="structItemContainer">
<div class="structItem structItem--thread js-inlineModContainer"><div class="structItem-cell structItem-cell--icon">
<a href="/members/ann.1/" class="avatar avatar--s"><img src="/avatars/1.jpg"></a></div><div class="structItem-cell--main">
<div class=structItem-title><a href="/threads/words.11/" data-preview-url="/threads/words.11/preview">Words</a></div>
<div class=structItem-minor><ul class=structItem-parts><li><a href="/members/ann.1/" class=username>ann</a>
<li class=structItem-startDate><a href="/threads/words.11/" rel=nofollow><time>Today</time></a></ul>
<span class=structItem-pageJump><a href="/threads/words.11/page-2">2</a></span></div></div>
<div class="structItem-cell--latest"><a href="/threads/words.11/latest" rel=nofollow><time>Today</time></a></div></div></div></div>
<aside class=p-body-sidebar><a href="/members/list/?key=most_messages">Most</a><a href="/online/">Online</a></aside>
<footer class=p-footer><a href="/misc/contact">Contact us</a><a href="/help/terms/">Terms</a><a href="/misc/style?style_id=2">Style</a></footer>"""
VBULLETIN_FORUM = """<table id=threadslist><tr><td class=alt1 id=td_threadtitle_7><div><a href="showthread.php?t=7" id=thread_title_7>Words</a>
<span class=smallfont>(<a href="showthread.php?t=7&amp;page=2">2</a>)</span></div><div class=smallfont><span
onclick="window.open('member.php?u=1','_self')">ann</span></div></td><td class=alt2><div class=smallfont>Today <a
href="showthread.php?goto=newpost&amp;t=7" id=thread_gotonew_7><img class=inlineimg src="firstnew.gif"></a> by <a
href="member.php?find=lastposter&amp;t=7" rel=nofollow>bob</a></div></td><td><a href="misc.php?do=whoposted&amp;t=7">3</a></td></tr></table>
<a href="newthread.php?do=newthread&amp;f=2">New</a><a href="forumdisplay.php?f=2&amp;sort=title">Sort</a><a
href="forumdisplay.php?do=markread&amp;f=2">Mark</a><a href="login.php?do=logout">Log out</a><a href="calendar.php">Calendar</a>"""
MYBB_FORUM = """<div id=panel><a href="member.php?action=login" class=login>Login</a></div><div class=navigation><a href="index.php">Home</a></div>
<table class=tborder><tr class=inline_row><td class=forumdisplay_regular><div><span><span class=subject_new id=tid_4><a
href="showthread.php?tid=4">Words</a></span></span><div class="author smalltext"><a href="member.php?action=profile&amp;uid=1">ann</a></div></div></td>
<td><a href="misc.php?action=whoposted&amp;tid=4">2</a></td><td class=lastpost><span class="lastpost smalltext">Today<br><a
href="showthread.php?tid=4&amp;action=lastpost">Last Post</a>: <a href="member.php?action=profile&amp;uid=1">ann</a></span></td></tr>
<tr class=inline_row><td><span class=subject_old id=tid_5><a href="showthread.php?tid=5">More</a></span></td></tr></table>
<a href="newthread.php?fid=2" class="button new_thread_button">Post Thread</a><a href="misc.php?action=markread&amp;fid=2">Mark read</a>
<a href="forumdisplay.php?fid=2&amp;sortby=subject&amp;order=asc">Thread</a><a href="printthread.php?tid=4">Print</a>"""
DISCOURSE_LIST = """<noscript data-path="/latest"><header class=d-header><a href="/">Site</a></header><div id=main-outlet>
<div itemscope itemtype="http://schema.org/ItemList"><table class=topic-list><tr class=topic-list-item><td class="main-link"
itemprop=itemListElement><meta itemprop=name content=Words><span class=link-top-line><a itemprop=url
href="https://site.example/t/words-of-ours/12" class="title raw-link raw-topic-link">Words</a></span><div class=link-bottom-line>
<a href="https://site.example/c/general/4" class="badge-wrapper bullet"><span>General</span></a><div class=discourse-tags><a
href="https://site.example/tag/sea" class=discourse-tag>sea</a></div></div></td><td class=posters><a
href="https://site.example/u/ann" class=latest><img class=avatar src="/a.png" width=25></a></td></tr></table></div></div>
<footer class=container><nav><a href="/tos">Terms</a><a href="/privacy">Privacy</a><a href="/guidelines">G</a></nav></footer></noscript>"""
NODEBB_LIST = """<nav component=sidebar><a href="/categories">Categories</a><a href="/unread">Unread</a><a href="/users">Users</a></nav>
<main id=panel><div class=category><ul component=category class="topic-list" itemscope itemtype="http://www.schema.org/ItemList">
<li component="category/topic" class="row category-item"><div class=content><div class=avatar><a href="/user/ann"><img class=avatar
src="/p.png"></a></div><div><h3 component="topic/header" class=title><a class=text-reset href="/topic/12/words-of-ours">Words</a></h3>
<div class=info><a href="/category/2/general">General</a><span class=tag-list><a href="/tags/sea">sea</a></span></div></div></div>
<div class=teaser component="topic/teaser"><div class=lastpost><a class=permalink href="/topic/12/words-of-ours/9">Today</a></div></div></li>
</ul></div></main>"""
FLARUM_LIST = """<div id=flarum-content><noscript><div class=container><h1>All Discussions</h1><ul><li><a
href="https://site.example/d/12-words-of-ours">Words</a><li><a href="https://site.example/d/13-more">More</a></ul>
<a href="https://site.example/all?page=2">Next Page »</a></div></noscript></div>"""
LEMMY_LIST = """<nav class=navbar><a href="/communities">Communities</a><a href="/create_post">Create Post</a><a href="/login">Login</a></nav>
<main><div class=post-listing><div class="vote-bar"><button>▲</button></div><a class="thumbnail d-inline-block" href="/post/31"><img
src="/pictrs/image/a.webp?format=webp&amp;thumbnail=256"></a><h5 class=post-title><a class="link-dark" href="/post/31">Words</a></h5>
<a class=person-listing href="/u/ann"><img class="avatar-picture" src="/p.webp"></a><a class=community-link href="/c/photos">photos</a><a href="/post/31?scrollToComments=true">4
Comments</a></div></main><footer><a href="/modlog">Modlog</a><a href="/legal">Legal</a></footer>"""
PIEFED_LIST = """<nav class=navbar><a href="/communities">Topics</a><a href="/auth/login">Log in</a></nav><main id=outer_container>
<div class="post_list h-feed"><div class="post_teaser h-entry type_image"><div class=thumbnail><a href="/post/12/replies" rel=nofollow>
<img src="/static/media/posts/a.webp"></a></div><h3><a href="/post/12" class="post_teaser_title_a">Words</a></h3>
<span class=author><a href="/u/ann">ann</a></span> <a href="/c/photos" class=community_link>photos</a>
<a href="/post/12/upvote">up</a><a href="/post/12/options" rel=nofollow>…</a></div></div></main>"""
COPPERMINE = """<table class=maintable><tr><td class=tableb><span class=catlink><a href="index.php?cat=2">Trips</a></span></td></tr>
<tr><td class=album_stat><a href="thumbnails.php?album=3" class=albums><img src="albums/a/thumb_1.jpg" class=image></a></td>
<td><span class=alblink><a href="thumbnails.php?album=3">Garden</a></span></td></tr></table><div class=top_menu>
<a href="thumbnails.php?album=lastup&amp;cat=0">Last uploads</a><a href="search.php">Search</a><a href="login.php">Login</a>
<a href="index.php?cat=0&amp;lang=de">Deutsch</a></div>"""
COPPERMINE_ALBUM = """<td class=thumbnails><a href="displayimage.php?album=3&amp;pid=7#top_display_media"><img src="albums/a/thumb_7.jpg"
class="image thumbnail"></a></td><td class=thumbnails><a href="displayimage.php?album=3&amp;pid=8"><img src="albums/a/thumb_8.jpg"></a></td>
<a href="thumbnails.php?album=3&amp;sort=ta">+</a><a href="ratepic.php?pic=7&amp;rate=5"><img src=r5.gif></a>
<a href="addfav.php?pid=7">Favourite</a><a href="ecard.php?pid=7">e-card</a>"""
PIWIGO = """<div id=menubar><dl id=mbSpecials><dd><a href="index.php?/favorites">Favourites</a><a href="index.php?/most_visited">Most visited</a>
</dd></dl></div><div id=content><ul class=thumbnailCategories><li><div class=thumbnailCategory><div class=illustration><a
href="index.php?/category/3"><img src="i.php?/upload/2026/a-th.jpg"></a></div><div class=description><h3><a
href="index.php?/category/3">Garden</a></h3></div></div></li></ul><ul id=thumbnails class=thumbnails><li class=gthumb><a
href="picture.php?/7/category/3"><img class=thumbnail src="_data/i/upload/a-th.jpg"></a></li></ul></div>"""
LYCHEE = """<div id=app><header><a href="/login">Login</a></header><div class=album-thumb><a href="/gallery/Ab3dEf6hIj" class="thumb album"><img
src="/uploads/thumb/a.jpg"></a></div></div>"""
CHEVERETO = """<header id=top-bar><a href="/explore">Explore</a><a href="/upload">Upload</a><a href="/login">Sign in</a></header>
<div class="pad-content-listing"><div class="list-item image-item" data-type=image><div class=list-item-image><a href="/image/sea.AbC"
class="image-container --media"><img src="https://site.example/images/sea.md.jpg"></a></div><div class=list-item-desc><a href="/image/sea.AbC">sea</a>
<a href="/ann" class="list-item-user username">ann</a></div></div><div class="list-item" data-type=album><a href="/album/trip.Xy"
class="image-container"><img src="https://site.example/images/t.th.jpg"></a></div></div>"""
IMGBOX = """<div id=gallery-view-content><a href="/AbCdEf12"><img src="https://thumbs2.imgbox.com/a_b.jpg" alt=x></a><a href="/GhIjKl34"><img
src="https://thumbs2.imgbox.com/c_b.jpg"></a></div><footer><a href="/terms">Terms</a><a href="/privacy">Privacy</a><a href="/dmca">DMCA</a></footer>"""
GELBOORU = """<div id=navbar><a href="index.php?page=post&amp;s=list">Posts</a><a href="index.php?page=account&amp;s=login">Login</a></div>
<div id=tag-sidebar class=sidebar><a href="index.php?page=post&amp;s=list&amp;tags=sea">sea</a></div><div class=image-list><span id=s31
class=thumb><a id=p31 href="index.php?page=post&amp;s=view&amp;id=31"><img src="/thumbnails/a.jpg" class=preview></a></span>
<span class=thumb><a href="index.php?page=post&amp;s=view&amp;id=32"><img src="/thumbnails/b.jpg"></a></span></div>"""
DANBOORU = """<header id=top><nav id=nav><a href="/login">Login</a><a href="/posts/random">Random</a></nav></header><aside id=sidebar><a class=search-tag
href="/posts?tags=sea">sea</a></aside><section id=content><article class=post-preview id=post_31><a class=post-preview-link href="/posts/31?q=sea">
<img src="/180x180/a.jpg" class=post-preview-image></a></article></section>"""
VICHAN = """<div class=boardlist>[ <a href="/b/index.html">b</a> / <a href="/pol/index.html">pol</a> ] <a href="/search.php">Search</a> <a
href="/mod.php">Manage</a></div><form name=postcontrols><div class=thread id=thread_100><div class="post op"><p class=intro><a class=post_no
href="/b/res/100.html#100" title="Link to this post">No.</a><a class=post_no href="/b/res/100.html#q100" title="Reply to this post">100</a>
<a href="/b/res/100.html">[Reply]</a></p></div></div><div class=thread><div class="post op"><a href="/b/res/110.html">[Reply]</a></div></div>
</form><div class=pages>[<a class=selected>1</a>] [<a href="/b/2.html">2</a>] | <a href="/b/catalog.html">Catalog</a></div>"""
MEDIAWIKI = """<div id=mw-navigation class=vector-menu><a href="/index.php/Special:RecentChanges">Recent</a><a href="/index.php/Special:Random">Random page</a></div>
<div id=content class=mw-body role=main><div id=mw-content-text><ul><li><a href="/index.php/Garden" title=Garden>Garden</a><li><a
href="/index.php/Old_town">Old</a><li><a href="/index.php/Lake_of_words">Lake</a><li><a href="/index.php?title=Not_yet&amp;action=edit&amp;redlink=1"
class=new>Not yet</a></ul><span class=mw-editsection><a href="/index.php?title=Main&amp;action=edit&amp;section=1">edit</a></span>
<figure typeof="mw:File/Thumb"><a href="/index.php/File:Cat.jpg"><img src="/images/thumb/a/ab/Cat.jpg/300px-Cat.jpg"></a></figure></div>
<div id=catlinks class=catlinks><a href="/index.php/Special:Categories">Categories</a><a href="/index.php/Category:Trips">Trips</a></div></div>"""
WORDPRESS = """<header class="wp-block-template-part"><nav class=wp-block-navigation><a href="/">Home</a><a href="/sample-page/">Sample</a></nav></header>
<main class=wp-block-group><div class=wp-block-query><ul class=wp-block-post-template><li class=wp-block-post><figure class=wp-block-post-featured-image>
<a href="/a-day/"><img src="/wp-content/a-300x200.jpg"></a></figure><h2 class=wp-block-post-title><a href="/a-day/">A day</a></h2>
<div class="taxonomy-category wp-block-post-terms"><a href="/category/trips/" rel=tag>Trips</a></div><a href="/author/ann/"
class=wp-block-post-author-name__link>ann</a><a href="/a-day/?share=twitter">Tweet</a><a class=comment-reply-link href="/a-day/?replytocom=3">Reply</a></li></ul>
</div></main><footer><a href="/wp-login.php">Log in</a><a href="/feed/">RSS</a></footer>"""
BLOGGER = """<div class=main><div class=blog-posts><div class="post hentry"><h3 class="post-title entry-title" itemprop=name><a
href="https://site.example/2026/11/a-day.html">A day</a></h3><div class=post-footer><a class=timestamp-link rel=bookmark
href="https://site.example/2026/11/a-day.html"><abbr>Today</abbr></a><a class=comment-link href="https://site.example/2026/11/a-day.html#comment-form">3</a>
<a href="https://www.blogger.com/email-post.g?postID=3">mail</a></div></div></div></div><div class="widget BlogArchive"><a class=post-count-link
href="https://site.example/2026/11/">November</a></div><div class="widget Label"><a href="/search/label/sea">sea</a></div>"""
TUMBLR = """<section id=posts><article class="photo post"><a href="/image/712"><img src="https://64.media.tumblr.com/a/s1280x1920/a.jpg"></a>
<footer class=post-footer><a class="post-date permalink" href="https://site.example/post/712/a-day">Today</a><a href="/tagged/sea"
class=tag-link>sea</a></footer></article></section><nav id=pagination><a href="/archive">Archive</a><a href="/ask">Ask</a></nav>"""
MINIMA = """<header class=site-header><nav class=site-nav><a class=page-link href="/about/">About</a></nav></header><main class=page-content><ul
class=post-list><li><span class=post-meta>Today</span><h3><a class=post-link href="/trips/2026/11/01/a-day.html">A day</a></h3></li></ul>
<p class=rss-subscribe>subscribe <a href="/feed.xml">via RSS</a></p></main>"""
PAPERMOD = """<header class=header><nav class=nav><a href="/posts/">Posts</a><a href="/tags/">Tags</a></nav></header><main class=main><article
class=post-entry><header class=entry-header><h2>A day</h2></header><a class=entry-link aria-label="post link to A day" href="/posts/a-day/"></a>
</article></main><footer class=footer><a href="/">T</a></footer>"""
NGINX = """<h1>Index of /</h1><hr><pre><a href="../">../</a>
<a href="garden/">garden/</a>   01-Nov-2026 10:00  -
<a href="trip%20to%20the%20sea/">trip to the sea/</a>   01-Nov-2026 10:00  -
<a href="all.zip">all.zip</a>   01-Nov-2026 10:00  9</pre>"""
APACHE = """<h1>Index of /p</h1><table><tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="/">Parent Directory</a></td></tr><tr><td><a href="garden/">garden/</a></td></tr><tr><td><a href="sea/">sea/</a></td></tr>
<tr><td><a href="words.txt">words.txt</a></td></tr></table>"""

ROWS = {  # html, address of the page, followed for certain, never followed though the page has it
    "phpBB, index": (PHPBB_INDEX, "/index.php", ["/viewforum.php?f=2"]),
    "phpBB, a forum": (PHPBB_FORUM, "/viewforum.php?f=2", ["/viewtopic.php?t=5", "/viewtopic.php?t=6"]),
    "SMF, a board": (SMF_BOARD, "/index.php?board=1.0", ["/index.php?topic=3.0", "/index.php?topic=4.0"]),
    "XenForo, a forum": (XENFORO_FORUM, "/forums/photos.2/", ["/threads/words.11/"]),
    "vBulletin 3, a forum": (VBULLETIN_FORUM, "/forumdisplay.php?f=2", ["/showthread.php?t=7"]),
    "MyBB, a forum": (MYBB_FORUM, "/forumdisplay.php?fid=2", ["/showthread.php?tid=4", "/showthread.php?tid=5"]),
    "Discourse, without scripts": (DISCOURSE_LIST, "/latest", ["/t/words-of-ours/12", "/c/general/4"]),
    "NodeBB": (NODEBB_LIST, "/recent", ["/topic/12/words-of-ours"]),
    "Flarum, without scripts": (FLARUM_LIST, "/all", ["/d/12-words-of-ours", "/d/13-more"]),
    "Lemmy": (LEMMY_LIST, "/", ["/post/31"]),
    "PieFed": (PIEFED_LIST, "/", ["/post/12"]),
    "Coppermine, front page": (COPPERMINE, "/", ["/thumbnails.php?album=3"]),
    "Coppermine, an album": (
        COPPERMINE_ALBUM,
        "/thumbnails.php?album=3",
        ["/displayimage.php?album=3&pid=7", "/displayimage.php?album=3&pid=8"],
    ),
    "Piwigo": (PIWIGO, "/index.php", ["/index.php?/category/3", "/picture.php?/7/category/3"]),
    "Lychee": (LYCHEE, "/gallery", ["/gallery/Ab3dEf6hIj"]),
    "Chevereto": (CHEVERETO, "/", ["/image/sea.AbC", "/album/trip.Xy"]),
    "imgbox and hosts like it": (IMGBOX, "/g/AbCd", ["/AbCdEf12", "/GhIjKl34"]),
    "Gelbooru": (
        GELBOORU,
        "/index.php?page=post&s=list",
        ["/index.php?page=post&s=view&id=31", "/index.php?page=post&s=view&id=32"],
    ),
    "Danbooru": (DANBOORU, "/posts", ["/posts/31?q=sea"]),
    "vichan": (VICHAN, "/b/index.html", ["/b/res/100.html", "/b/res/110.html"]),
    "MediaWiki": (MEDIAWIKI, "/", ["/index.php/Garden", "/index.php/Old_town", "/index.php/Lake_of_words"]),
    "WordPress, a theme of blocks": (WORDPRESS, "/", ["/a-day/"]),
    "Blogger": (BLOGGER, "/", ["/2026/11/a-day.html"]),
    "Tumblr": (TUMBLR, "/", ["/image/712", "/post/712/a-day"]),
    "Jekyll, minima": (MINIMA, "/", ["/trips/2026/11/01/a-day.html"]),
    "Hugo, PaperMod": (PAPERMOD, "/", ["/posts/a-day/"]),
}
WORDS_OF_DEEDS = (
    *(
        "login",
        "logout",
        "register",
        "signup",
        "posting",
        "newthread",
        "post-thread",
        "mark",
        "sort",
        "delete",
        "upload",
    ),
    *("search", "vote", "share", "replytocom", "feed", "rate", "addfav", "ecard", "redlink", "action=edit", "andom"),
    *("printthread", "calendar", "mod.php", "create_post", "lang=", "style_id", ".zip", ".txt", "online", "options"),
)


@pytest.mark.parametrize("name", ROWS)
def test_what_a_page_of_software_leads_to_is_followed_and_what_it_does_never(name: str) -> None:
    html, path, wanted = ROWS[name]
    sure, perhaps = followed(html, path)
    assert set(wanted) <= set(sure), (sure, perhaps)
    assert len(sure) <= len(wanted) + 1, sure  # hardly a request more
    assert not [link for link in (*sure, *perhaps) if any(word in link for word in WORDS_OF_DEEDS)]


@pytest.mark.parametrize(
    ("html", "path"), [pytest.param(NGINX, "/", id="nginx"), pytest.param(APACHE, "/p/", id="Apache")]
)
def test_folders_of_a_plain_index_are_tried(html: str, path: str) -> None:
    sure, perhaps = followed(html, path)
    assert path + "garden/" in (*sure, *perhaps) and not [
        link for link in (*sure, *perhaps) if "." in link or "C=" in link
    ]
    assert path.rstrip("/").rpartition("/")[0] + "/" not in (*sure, *perhaps) or path == "/"


@pytest.mark.parametrize(
    ("written", "is_rendered", "found"),
    [
        ("#/garden", True, "/docs/#/garden"),
        ("#!/garden/day", True, "/docs/#!/garden/day"),
        ("#/garden?id=part", True, "/docs/#/garden"),
        ("#/garden?id=part&tab=2", True, "/docs/#/garden?tab=2"),
        ("/docs/#/sea", True, "/docs/#/sea"),
        ("#/", True, ""),
        ("#garden", True, ""),
        ("#/garden", False, ""),
        ("https://other.example/#/garden", True, ""),
    ],
)
def test_routes_of_a_script_are_pages_where_the_page_is_rendered(written: str, is_rendered: bool, found: str) -> None:
    content = read(f'<main><a href="{written}">Words</a></main>', "/docs/", is_rendered=is_rendered)
    assert [one.url for one in content.offered if LinkMark.ROUTE in one.marks] == ([S + found] if found else [])


def test_a_route_is_a_page_of_its_own_whatever_the_one_document_says() -> None:
    html = "<link rel=canonical href=/docs/><p>words"
    assert read(html, "/docs/#/garden?id=part", is_rendered=True).url == f"{S}/docs/#/garden"
    assert read(html, "/docs/").url == f"{S}/docs/"


def test_a_list_in_linked_data_counts_as_entries() -> None:
    data = '{"@type":"ItemList","itemListElement":[{"@type":"ListItem","url":"/x/one"},{"item":{"url":"/x/two"}}]}'
    sure, _ = followed(f'<script type="application/ld+json">{data}</script>')
    assert sure == ["/x/one", "/x/two"]


def test_marks_of_all_links_to_one_address_count_and_one_word_does_not_make_a_page_a_deed() -> None:
    content = read('<main><a href="/res/1.html">[Reply]</a><h2><a href="/res/1.html#1">Words</a></h2></main>')
    assert [set(one.marks) for one in content.offered] == [{LinkMark.HEADING, LinkMark.MAIN}]


@pytest.mark.parametrize(
    "attributes",
    [
        "data-method=delete",
        "role=button",
        "class='button delete'",
        "title='Log out'",
        "aria-label=Löschen",
        "hreflang=de",
    ],
)
def test_a_link_that_says_that_it_does_something_is_marked(attributes: str) -> None:
    content = read(f"<main><a {attributes} href=/x/1>Words</a></main>")
    assert LinkMark.DEED in content.offered[0].marks


@pytest.mark.parametrize(
    "html",
    [
        "<h3><a href=/x/1>Delete</a></h3>",
        "<h3><a href=/bye-bye-now>Log out</a></h3>",
        "<h3><a href=/x/1><span>Delete</span> <b>photo</b></a></h3>",
        "<a href=/thread/9/x class=btn-delete><img src=/i.png alt=delete></a>",
        "<a href=/x/1 title='Delete this post'><img src=/trash.gif alt=Delete width=16 height=16></a>",
        "<a href=/out/77><img src=/i.png alt='Log out'></a>",
        "<a href=/x/1><img src=/i.png title='Remove photo'></a>",
        "<a href=/x/1 aria-label='Delete'><img src=/i.png></a>",
        "<a href=/x/1><svg aria-label=Delete></svg></a>",
        "<a href=/x/1><svg><title>Delete</title></svg></a>",
        "<h3><a href=/x/1>Remove photo</a></h3>",
        "<h3><a href=/x/1 data-method=delete>Words</a></h3>",
        "<h3><a href=/x/1 data-confirm='Sure?'>Words</a></h3>",
        "<h3><a href=/x/1 onclick='return confirm(1)'>Words</a></h3>",
        "<h3><a href=/x/1 hx-delete=/x/1>Words</a></h3>",
        "<h3><a href=/x/1>Words</a></h3><a href=/x/1>Delete</a>",
    ],
)
def test_what_is_called_something_that_it_does_is_never_followed_whatever_speaks_for_it(html: str) -> None:
    assert followed(f"<main><div class=thread>{html}</div></main>") == ([], [])


@pytest.mark.parametrize(
    "html",
    [
        "<h3><a href=/x/1>Close up</a></h3>",
        "<a href=/x/1><img src=/i.png alt='Playa del Mar'></a>",
        "<a href=/x/1 class=remove-underline><img src=/i.png alt=Words></a>",
        "<h3><a href=/x/1 data-method=get>Words</a></h3>",
        "<a href=/x/1 role=button><img src=/i.png alt=''></a>",
    ],
)
def test_what_is_not_is_followed(html: str) -> None:
    assert followed(f"<main><div class=thread>{html}</div></main>")[0] == ["/x/1"]


def test_links_are_offered_only_where_they_are_asked_for_and_within_bounds() -> None:
    many = "".join(f"<a href=/x/{n}>x</a>" for n in range(5000))
    assert read_html(ParseJob(Parser.HTML, S), many.encode()).offered == ()
    assert len(read(many).offered) == 2000
