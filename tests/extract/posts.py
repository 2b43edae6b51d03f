# ruff: noqa: E501 -- markup as the software writes it
"""One post by `ann` with the picture p.jpg, as each software marks it up (cut down to what tells them apart)."""

POSTS = {
    "xenforo": """<article class="message" data-author="ann" data-content="post-5"><h4 class="message-name"><a class="username">
        ann</a></h4><ul class="message-attribution-main"><a href="/threads/t.1/post-5"><time datetime="2026-11-01T10:00:00+0000">
        x</time></a></ul><img src="p.jpg"></article>""",
    "phpbb": """<div id="p5" class="post has-profile"><p class="author"><a href="./viewtopic.php?p=5#p5">Post</a> by
        <a class="username">ann</a> <time datetime="2026-11-01T10:00:00+00:00">Sun</time></p>
        <h3><a href="./viewtopic.php?p=5#p5">Re</a></h3><img src="p.jpg"></div>""",
    "discourse": """<div class="topic-body crawler-post"><div class="crawler-post-meta"><span class="creator" itemprop="author">
        <a><span itemprop="name">ann</span></a></span><link itemprop="url" href="/t/x/1/5"><span class="crawler-post-infos">
        <time datetime="2026-11-01T10:00:00Z" class="post-time">Nov</time></span></div><img src="p.jpg"></div>""",
    "vbulletin": """<li class="postbitlegacy" id="post_5"><span class="date">01-11-2026, 10:00</span><a class="postcounter"
        href="showthread.php?1-x&p=5#post5">#5</a><a class="username"><strong>ann</strong></a><img src="p.jpg"></li>""",
    "mybb": """<div class="post" id="post_5"><div class="author_information"><span class="largetext"><a>ann</a></span></div>
        <div class="post_head"><div class="float_right"><a href="showthread.php?tid=1&pid=5#pid5">#5</a></div>
        <span class="post_date">11-01-2026, 10:00 AM</span></div><img src="p.jpg"></div>""",
    "smf": """<div class="post_wrapper"><div class="poster"><h4><a>ann</a></h4></div><div class="postinfo">
        <a class="smalltext" href="index.php?topic=1.msg5#msg5">November 01, 2026</a></div><img src="p.jpg"></div>""",
    "flaskbb": """<div class="post-row clearfix" id="pid5"><div class="author-name"><a href="/user/ann">ann</a></div>
        <div class="post-meta"><a href="/post/5">Nov 01 2026</a></div><img src="p.jpg"></div>""",
    "telegram": """<div class="tgme_widget_message" data-post="ann/5"><a class="tgme_widget_message_owner_name"><span>ann</span></a>
        <a class="tgme_widget_message_date" href="https://t.me/ann/5"><time datetime="2026-11-01T10:00:00+00:00"></time></a>
        <a class="tgme_widget_message_photo_wrap" style="background-image:url('p.jpg')"></a></div>""",
    "vichan": """<div class="post reply"><p class="intro"><span class="name">ann</span><time datetime="2026-11-01T10:00:00Z"></time>
        <a class="post_no" href="/b/res/1.html#5">No.</a></p><img src="p.jpg"></div>""",
    "wordpress": """<article class="post hentry"><h2 class="entry-title"><a href="/2026/11/x/">X</a></h2>
        <span class="author vcard"><a class="url fn">ann</a></span><time class="entry-date" datetime="2026-11-01T10:00:00">
        </time><img src="p.jpg"></article>""",
    "microdata": """<div itemscope itemtype="https://schema.org/SocialMediaPosting"><span itemprop="author"><b itemprop="name">ann
        </b></span><time datetime="2026-11-01T10:00:00"></time><a itemprop="url" href="/p/5">x</a><img src="p.jpg"></div>""",
    "demo forum": """<article class="post" id="post-5"><a class="author" href="/users/ann">ann</a>
        <time datetime="2026-11-01T10:00:00Z">1</time><img src="p.jpg"><a class="permalink" href="/t/1#post-5">l</a></article>""",
    "invision": """<article id="elComment_5" class="cPost ipsBox ipsComment"><aside class="ipsComment_author cAuthorPane"><h3
        class="cAuthorPane_author"><strong><a href="/profile/3-ann/">ann</a></strong></h3></aside><div class="ipsComment_meta">
        <a href="/topic/1-t/?do=findComment&amp;comment=5"><time datetime="2026-11-01T10:00:00Z">x</time></a></div>
        <img src="p.jpg"></article>""",
    "vanilla": """<li class="Item ItemComment" id="Comment_5"><span class="Author"><a class="Username" href="/profile/ann">ann</a></span>
        <span class="MItem DateCreated"><a class="Permalink" href="/discussion/comment/5#Comment_5"><time
        datetime="2026-11-01T10:00:00+00:00">x</time></a></span><img src="p.jpg"></li>""",
    "nodebb": """<ul><li component="post" data-pid="5" data-username="ann" itemscope itemtype="http://schema.org/Comment">
        <a class="permalink" href="/post/5"><span class="timeago" title="2026-11-01T10:00:00.000Z"></span></a><img src="p.jpg">
        </li></ul>""",
    "discuz": """<div id="postlist"><div id="post_5"><div class="authi"><a class="xw1">ann</a></div><a id="postnum5"
        href="forum.php?mod=redirect&amp;goto=findpost&amp;ptid=1&amp;pid=5">1</a><em id="authorposton5">x <span
        title="2026-11-01 10:00:00">x</span></em><img src="none.gif" file="p.jpg"></div></div>""",
    "punbb": """<div id="p5" class="blockpost"><h2><span><a href="viewtopic.php?pid=5#p5">2026-11-01 10:00:00</a></span></h2>
        <div class="postleft"><dl><dt><strong>ann</strong></dt></dl></div><img src="p.jpg"></div>""",
    "flarum": """<article><div class="PostUser"><h3 class="PostUser-name">ann</h3></div><div class="Post-body"><time
        datetime="2026-11-01T10:00:00Z"></time><a class="permalink" href="/d/1/5">x</a><img src="p.jpg"></div></article>""",
    "bbpress": """<div id="post-5" class="post-5 reply type-reply hentry"><a class="bbp-author-link"><span
        class="bbp-author-name">ann</span></a><a rel="bookmark" href="/reply/5/"><time datetime="2026-11-01T10:00:00"></time></a>
        <img src="p.jpg"></div>""",
    "name and link in one": """<article class="post" id="p5"><div class="author"><a class="username" href="/u/ann">ann</a>
        <time datetime="2026-11-01T10:00:00">2026-11-01T10:00:00</time> <a class="permalink" href="#p5">#5</a></div>
        <img src="p.jpg"></article>""",
    "a bare name beside them": """<article class="post" id="p5"><div class="author">ann
        <time datetime="2026-11-01T10:00:00">1 Nov</time> <a class="permalink" href="#p5">#5</a></div><img src="p.jpg"></article>""",
    "by line": """<article class="post"><p class="author">Posted by ann</p><time datetime="2026-11-01T10:00:00Z"></time>
        <a class="permalink" href="/p/5">x</a><img src="p.jpg"></article>""",
}
