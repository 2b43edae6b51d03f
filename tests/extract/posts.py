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
}
