# ruff: noqa: E501, RUF001 - lists of addresses, in many scripts
"""Links that do something are never followed, whatever speaks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.choosing import is_never_followed, offers_of
from monitor.crawl.deeds import acts, class_acts, label_acts, may_change
from monitor.model.page import LinkMark, PageLink

S = "https://site.example"
BEST = (LinkMark.CARD, LinkMark.ENTRY, LinkMark.HEADING, LinkMark.MAIN, LinkMark.PICTURE)
ENDINGS = """/delete.php?id=5 /delete.aspx /remove.php /del.php /vote.php /unsubscribe.php /photo_delete.php /logout.html /logout.asp
/x/Logout.aspx /signout.php /posts/9/delete.html /posts/9.delete /kick.do /ban.cgi /logoff.jsp /loeschen.php /delete.action?id=4
/newtopic.php?f=2 /login.html /logout.php5 /user.logout.php"""
GLUED = """/delete-9 /deletepost9 /thread/deleteThread/9 /delete9 /DELETE/9 /t/9/delete-post /t/9/deletepost /removePhoto/3 /photoRemove
/banUser /userban/3 /killThread /lockthread/3 /threadlock /doDelete /DeletePost.aspx /ajaxDelete /xDelete /t/undelete/4
/deleteaccountnow /post/9;delete /post/9,delete /post/9:delete /post/9;do=delete /a/mod_trash /delete_9_now /3-delete
/delete/ /del/9 /x/rm/9 /rest/v1/delete/9 /session/destroy /tag/delete-your-account-guide"""
VALUES = """/posts/3?_method=delete /posts/3?method=DELETE /t/3?act=kick /t/3?redirect=/logout /t/9?do=logout /t/9?perform=deletion /t/9?x=delete
/t/55?cmd=rm /t/5?url=https%3A%2F%2Fsite.example%2Flogout /t/5?next=%252Flogout /t/5?to=/index.php%3Faction%3Ddelete /t/5?a=mod_trash
/t/5?job=delete_post /index.php?/topic/3/delete /t/5?a=del;id=3 /t/5?a=1&amp;action=delete /t/5?op=supprimer"""
NAMES = """/thread/77?unsubscribe=1 /thread.php?id=5&kill=1 /gallery/3?empty-trash /t/9?trash /t/9?unset=1 /t/9?drop=1 /t/3?hide=1 /t/3?deletePost=9
/t/3?delete[]=9 /t/3?do_delete=1 /t/3?confirmDelete /t/3?like /t/3?lock=1 /viewtopic.php?t=1&delete=1"""
WEAK = """/threads/y.3/lock /like/12 /account/close /posts/12/vote?up=1 /threads/x.1/report /ban?user=1 /thread/12/follow /t/9/abandon /threads/5/wipe
/threads/5/nuke /threads/5/erase /go/logout/now /auth/kill /account/deactivate /me/disconnect /exit /bye /signoff /a/b/purge /posts/3/upvote /t/3/unlock"""
LANGUAGES = """/usun/4 /borrar/4 /verwijder/4 /sil/4 /hapus/4 /xoa/4 /loeschen/4 /löschen/4 /loschen/4 /l%C3%B6schen/4 /supprimer/4 /eliminar/4 /cancella/4 /excluir/4
/удалить/4 /%D1%83%D0%B4%D0%B0%D0%BB%D0%B8%D1%82%D1%8C/4 /видалити/4 /smazat/4 /usuń/4 /wyloguj /odhlasit /torles/4 /sterge/4 /radera/4 /ta-bort/4 /slet/4 /slett/4 /poista/4
/διαγραφή/4 /αποσύνδεση /çıkış /cikis /dang-xuat /xóa/4 /删除/4 /刪除/4 /登出 /退出 /ログアウト /削除/4 /로그아웃 /삭제/4 /ลบ/4 /حذف/4 /מחק/4 /हटाएं/4 /abmelden /se-deconnecter
/cerrar-sesion /logga-ut /uitloggen /afmelden /izlaz /esci /sair /salir /keluar /выход /выйти /изход"""
CODED = (
    "/%6c%6fgout /%64elete/9 /%2564elete/9 /d%65lete.php /LOGOUT /LogOut /t/9#/logout /#!/thread/9/delete /#/logout?x=1"
)
DEEDS = " ".join((ENDINGS, GLUED, VALUES, NAMES, WEAK, LANGUAGES, CODED)).split()
PAGES = """/likeness/ /editorial/ /sharepoint-photos /postcards /album/playa-del-mar /lana-del-rey/ /close-up/ /pin-up/ /threads/deleted-pics-of-ann.4/
/posts/deleted-scenes /gallery/kill-bill /album/drop-of-water /trash-the-dress-photos /t/how-to-delete-a-post/3 /album/foto-keluarga /model/hidalgo
/u/Banks/album/3 /gallery/Silvia /garden/ /gallery/joint-trip /kickers-2026/ /photos/closeups /b/res/12.html /follow-the-sun/ /like-a-bird/12
/photo/unlikely-friends /wiki/Reply_(film) /index.php?/category/2 /picture.php?/7/category/3 /share/AbCd1234 /image/sea.AbC /album/leaves
/album/hideaway /rmb/12 /bankok-2026/ /urban/ /photos/voters-day /c/locksmith /show/exitos-2026 /AbCdEf12 /GhIjKl34 /photo/delMar2 /?p=12
/index.php?page=post&s=view&id=3 /g/aKillB3x /thread/3?post=9 /album/stem-cell /topic/5/the-big-ban-of-2026 /gallery/rejected-designs /fotos/silvester
/galerie/melden-sie-sich /reportage/ /reports/2026 /album/my-favorites /set/72157 /voiture/ /photos/exit-festival /viewtopic.php?f=3&t=77""".split()


@pytest.mark.parametrize("path", DEEDS)
def test_an_address_that_does_something_is_never_followed_whatever_speaks_for_it(path: str) -> None:
    assert is_never_followed(PageLink(S + path, BEST), f"{S}/start/")


@pytest.mark.parametrize("path", PAGES)
def test_words_that_begin_so_and_titles_are_followed(path: str) -> None:
    assert not is_never_followed(PageLink(S + path, BEST), f"{S}/start/")


def test_what_the_persons_own_address_says_is_no_sign() -> None:
    assert acts(f"{S}/trash/thread/1", f"{S}/") and not acts(f"{S}/trash/thread/1", f"{S}/trash/")
    assert acts(f"{S}/trash/thread/1/delete", f"{S}/trash/")


@pytest.mark.parametrize(
    ("said", "acted"),
    [
        *(
            (text, True)
            for text in ("Delete", "DELETE", "Log out", "Logout", "Log out now", "Remove photo", "Delete this post")
        ),
        *(
            (text, True)
            for text in (
                "[Delete]",
                "✕ delete",
                "Kick user",
                "Unsubscribe",
                "Like",
                "Vote",
                "Löschen",
                "Beitrag löschen",
            )
        ),
        *(
            (text, True)
            for text in (
                "Supprimer",
                "Cerrar sesión",
                "Ta bort",
                "удалить фото",
                "删除",
                "ログアウト",
                "Çıkış",
                "Xóa",
                "Usuń zdjęcie",
            )
        ),
        *(
            (text, False)
            for text in (
                "",
                "Holiday photos",
                "Kill Bill",
                "Playa del Mar",
                "Close up",
                "Likeness",
                "Reply",
                "Postcards",
            )
        ),
        *((text, False) for text in ("How I came to delete all of my accounts", "Deleted scenes", "12", "…")),
    ],
)
def test_what_a_link_is_called(said: str, acted: bool) -> None:
    assert label_acts(said) is acted


@pytest.mark.parametrize(
    ("names", "acted"),
    [
        ("btn-delete", True),
        ("btn deletePost", True),
        ("js-logout", True),
        ("icon-remove", True),
        ("post_delete", True),
        ("remove-underline", False),
        ("like-button", False),
        ("thumb deleted", False),
        ("title", False),
        ("", False),
    ],
)
def test_what_its_classes_say(names: str, acted: bool) -> None:
    assert class_acts(names) is acted


@pytest.mark.parametrize(
    ("path", "changing"),
    [
        *(
            (path, True)
            for path in (
                "/t/3/mark-all",
                "/item/add",
                "/t/3?switch=4",
                "/t/3/confirm",
                "/t/3?tok=0123456789abcdef01",
                "/t/switchTheme",
            )
        ),
        *((path, True) for path in ("/t/3?k=Ab12Cd34Ef56Gh78Ij90", "/send/3", "/t/3/edit")),
        *(
            (path, False)
            for path in (
                "/post/12",
                "/threads/words.3/",
                "/viewtopic.php?f=3&t=7",
                "/photo/9?id=0123456789abcdef01",
                "/album/to-add-some-sun-and-sea",
            )
        ),
    ],
)
def test_with_a_saved_log_in_weaker_words_count_too(path: str, changing: bool) -> None:
    assert may_change(S + path, f"{S}/") is changing
    if changing:
        assert is_never_followed(PageLink(S + path, BEST), f"{S}/", logged_in=True)


def test_with_a_saved_log_in_nothing_is_tried() -> None:
    links = (
        PageLink(f"{S}/word", (LinkMark.MAIN,)),
        PageLink(f"{S}/res/3.html", (LinkMark.DEED, *BEST)),
        PageLink(f"{S}/thread/1", BEST),
    )
    assert len(offers_of(links, f"{S}/start/")) == 3
    assert [one.url for one in offers_of(links, f"{S}/start/", logged_in=True)] == [f"{S}/thread/1"]


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    acts(f"{S}/{text}"), acts(f"{S}/?{text}"), may_change(f"{S}/{text}?{text}"), label_acts(text), class_acts(text)
