# ruff: noqa: E501, RUF001 - a row is what a program puts out, as it stands
"""Forum programs say in each post that its attachments are for members: in the words of their language packs, in blocks
of their own. A person who writes the same words says nothing about the page."""

from __future__ import annotations

import pytest

from monitor.crawl.extract.page import read_html
from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import ParseJob, Parser

TALK = "Thanks for the upload, great set, more please, she is lovely. " * 12


def kept(markup: str) -> int:
    content = read_html(
        ParseJob(Parser.HTML, "https://forum.example/t/1"), f"<html><body>{markup}</body></html>".encode()
    )
    assert all(one.kind is RunTrouble.KEPT_FROM_GUESTS for one in content.noted) and len(content.noted) <= 1
    return content.noted[0].count if content.noted else 0


def thread(block: str, *, posts: int = 4, talk: str = TALK) -> str:
    return "".join(
        f'<article class="message"><img class="avatar" src="/av/{number}.jpg"><div class="message-body"><p>{talk}</p>'
        f"{block}</div></article>"
        for number in range(posts)
    )


PHPBB = '<div class="rules">{}</div>'
SMF = '<div class="attachments smalltext"><div class="noticebox">{}</div></div>'
HIDE = '<dl class="hidebox"><dt class="hide">HIDE: ON</dt><dd>{}</dd></dl>'
PROGRAMS = [
    ("phpbb en", PHPBB, "You do not have the required permissions to view the files attached to this post."),
    ("phpbb de", PHPBB, "Du hast keine ausreichende Berechtigung, um die Dateianhänge dieses Beitrags anzusehen."),
    ("phpbb fr", PHPBB, "Vous n’avez pas les permissions nécessaires pour voir les fichiers joints à ce message."),
    ("phpbb fr, other", PHPBB, "Vous ne pouvez pas consulter les fichiers insérés à ce message."),
    ("phpbb es", PHPBB, "No tienes los permisos requeridos para ver los archivos adjuntos a este mensaje."),
    ("phpbb es-AR", PHPBB, "No tenés los permisos requeridos para ver los archivos adjuntos a este post."),
    ("phpbb pt", PHPBB, "Você não tem permissão para ver os ficheiros anexados nesta mensagem."),
    ("phpbb pt-BR", PHPBB, "Você não está autorizado a ver ou baixar esse anexo."),
    ("phpbb it", PHPBB, "Non hai i permessi necessari per visualizzare i file allegati in questo messaggio."),
    ("phpbb nl", PHPBB, "Je hebt niet voldoende permissies om de bijlagen te bekijken van dit bericht."),
    ("phpbb pl", PHPBB, "Nie masz wymaganych uprawnień, aby zobaczyć pliki załączone do tego posta."),
    ("phpbb ru", PHPBB, "У вас нет необходимых прав для просмотра вложений в этом сообщении."),
    ("phpbb uk", PHPBB, "У вас недостатньо прав для перегляду приєднаних до цього повідомлення файлів."),
    ("phpbb tr", PHPBB, "Bu gönderiye eklenen dosyaları görüntülemek için gerekli izinlere sahip değilsiniz."),
    ("phpbb cs", PHPBB, "Nemáte oprávnění prohlížet přiložené soubory."),
    ("phpbb sv", PHPBB, "Du har inte behörighet att öppna de filer som bifogats till detta inlägg."),
    ("phpbb ja", PHPBB, "添付ファイルを見るにはパーミッションが必要です"),
    ("phpbb ko", PHPBB, "이 게시물에 첨부된 파일을 볼 수 있는 권한이 없습니다"),
    ("phpbb zh-Hans", PHPBB, "您没有权限查看这个主题的附件。"),
    ("phpbb zh-Hant", PHPBB, "您沒有權限檢視這篇文章所附加的檔案。"),
    ("phpbb ar", PHPBB, "ليس لديك الصلاحية لمشاهدة المرفقات"),
    ("smf en", SMF, "It seems that you are not allowed to download or view attachments on this board."),
    ("smf de", SMF, "Sie haben nicht die Berechtigung Dateianhänge herunterzuladen oder anzusehen."),
    ("smf es", SMF, "Parece que no estás autorizado para descargar o ver archivos adjuntos en este foro."),
    ("smf nl", SMF, "Het lijkt erop dat je geen toestemming hebt om bijlagen te bekijken of te downloaden in dit board."),
    ("smf pl", SMF, "Nie masz zezwolenia na pobieranie i oglądanie załączników w tym dziale."),
    ("smf uk", SMF, "Очевидно, Вам не дозволено зкачувати або переглядати вкладення в цьому розділі."),
    ("smf cs", SMF, "Zdá se, že v této diskusi nemáš povoleno prohlížet nebo stahovat přílohy k příspěvkům."),
    ("smf zh", SMF, "您在这个版块没有权限下载或检视附件。"),
    ("xenforo, a hider", '<div class="messageHide messageHide--attach">{}</div>', "You must be registered for see images attach"),
    ("xenforo, its class alone", '<div class="messageHide messageHide--image">{}</div>', "Hétfő"),
    (
        "discuz",
        '<div class="attach_nopermission attach_tips"><div><h3><strong>本帖子中包含更多资源</strong></h3><p>{}</p></div></div>',
        '您需要 <a href="member.php?mod=logging&amp;action=login">登录</a> 才可以下载或查看，没有帐号？<a href="member.php?mod=register">立即注册</a>',
    ),
    ("discuz, older", '<div class="locked">附件: <em>{}</em></div>', "您所在的用户组无法下载或查看附件"),
    ("discuz, traditional", '<div class="locked">附件: <em>{}</em></div>', '您需要<a href="member.php">登錄</a>才可以下載或查看附件'),
    ("flarum login2see", '<div class="jslirolaLogin2seeplusImgPlaceholder"><a class="jslirolaLogin2seeplusLogin">{}</a></div>', "Login to see the image"),
    ("flarum login2see es", '<div class="ImgPlaceholder">{}</div>', "Inicia sesión para ver la imagen"),
    ("a link to log in", "<div>{}</div>", '<a href="/login/">Log in</a> or <a href="/register/">register</a> to see the attached pictures.'),
    ("members", '<div class="attachmentNotice">{}</div>', "Attachments are only visible to registered members."),
    ("guests", '<p class="guest-note">{}</p>', "The pictures in this post are hidden from guests."),
    ("mitglieder", '<div class="alert alert-info">{}</div>', "Bilder sind nur für Mitglieder sichtbar."),
    ("membres", '<div class="alert">{}</div>', "Les images sont réservées aux membres."),
    ("гостям", '<div class="hide">{}</div>', "Гостям запрещено просматривать вложения."),
    ("ログイン", '<div class="attach">{}</div>', "画像を見るにはログインが必要です"),
    ("a hide mod", '<div class="hidden-content">{}</div>', "Hidden content: you must reply before you can see the hidden data contained here."),
    ("phpbb hide en", HIDE, "You need to reply to this topic before you can view the hidden message"),
    ("phpbb hide en, thanks", HIDE, "You need to thank this post before you can view the hidden message"),
    ("phpbb hide en, attachments", PHPBB, "To view the attachments, you need to reply to this topic."),
    ("phpbb hide de", HIDE, "Sie müssen auf diesen Beitrag antworten um die versteckte Nachricht lesen zu können."),
    ("phpbb hide fr", HIDE, "Vous devez répondre à ce sujet afin afficher le contenu masqué."),
    ("phpbb hide es", HIDE, "Tu necesitas responder a este tema para que puedas ver el mensaje oculto."),
    ("phpbb hide pt", HIDE, "Você precisa responder a este tópico antes de poder visualizar a mensagem oculta"),
    ("phpbb hide nl", HIDE, "Je moet een reactie in dit onderwerp plaatsen om dit verborgen bericht te kunnen bekijken"),
    ("phpbb hide pl", HIDE, "Aby zobaczyć ukrytą treść, musisz odpisać w tym temacie."),
    ("phpbb hide ru", HIDE, "Вам нужно ответить в этой теме, после чего вы сможете посмотреть скрытый контент"),
    ("phpbb hide zh", HIDE, "你必须回覆这个主题才能观看到隐藏的内容"),
    ("smf hide", '<div class="hidden_post">{}</div>', "[Hidden post: You need reply to this topic to see it.]"),
    ("discuz hide", '<div class="locked">{}</div>', '游客，如果您要查看本帖隐藏内容请<a href="forum.php?mod=post&amp;action=reply">回复</a>'),
]  # fmt: skip


@pytest.mark.parametrize(("block", "words"), [pytest.param(block, words, id=name) for name, block, words in PROGRAMS])
def test_in_a_block_of_the_program(block: str, words: str) -> None:
    assert kept(thread(block.format(words))) == 4
    assert kept(thread(block.format(words), posts=1)) == 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=name)
        for name, block, words in PROGRAMS
        if "<a" not in words and block in (PHPBB, SMF) and name != "smf cs"
    ],
)
def test_without_a_class_the_same_sentence_again_and_again(words: str) -> None:
    assert kept(thread(f"<div>{words}</div>")) == 4


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, _, words in PROGRAMS if "<a" not in words])
@pytest.mark.parametrize(
    "wrote",
    [
        pytest.param("<p>Why does it say “{}”? I do not see a thing. {}</p>", id="in a sentence"),
        pytest.param("<blockquote><p>{}</p></blockquote><p>{} Me too.</p>", id="quoted"),
        pytest.param('<blockquote class="bbCodeBlock notice"><div class="attach">{}</div></blockquote>', id="quoted whole"),
        pytest.param("<p>{}</p>", id="as all that a post says"),
        pytest.param("<div class='code'><pre>{}</pre></div>", id="as code"),
    ],
)  # fmt: skip
def test_what_a_person_writes_is_talk(wrote: str, words: str) -> None:
    said = wrote.replace("{}", words, 1).replace("{}", TALK)
    assert kept(thread("") + f'<article class="message"><div class="message-body">{said}</div></article>') == 0


# Not of a language pack: how administrators of boards put it themselves, in a notice's place.
OWN_WORDS = (
    "You are not allowed to view attachments.",
    "You do not have permission to view attachments",
    "Only registered and activated users can see attachments",
    "Please login or register to view attachments",
    "You must log in to view images.",
    "Guests cannot view attachments. Register or log in.",
    "Registered members only can view attachments",
    "You need to be a registered member to see the pics",
    "This attachment is hidden. Please log in to see it.",
    "Images are hidden for guests",
    "You need to login to view the attached files.",
    "Sign up or log in to see photos",
    "You must be a registered member to view the attachments",
    "Attachments are visible to members only",
    "Log in or sign up to view the image",
    "Please register or log in to see the attachments in this post",
    "Only members can see the pictures in this post.",
    "To see the attached files you have to log in.",
    "Sorry, guests cannot see images. Register!",
    "You must be logged in to see the image",
    "Only logged in users can view images",
    "Sie müssen sich anmelden, um die Anhänge zu sehen",
    "Du musst angemeldet sein, um Bilder zu sehen",
    "Anhänge sind nur für registrierte Benutzer sichtbar",
    "Gäste können keine Dateianhänge sehen",
    "Sie haben keine Berechtigung, um Anhänge zu sehen",
    "Vous devez être connecté pour voir les pièces jointes",
    "Vous n'avez pas la permission de voir les pièces jointes",
    "Seuls les membres inscrits peuvent voir les images",
    "Debes iniciar sesión para ver los archivos adjuntos",
    "No tienes permiso para ver los archivos adjuntos",
    "Solo los usuarios registrados pueden ver las imágenes",
    "Devi effettuare il login per vedere gli allegati",
    "Non puoi vedere gli allegati in questo messaggio",
    "Solo gli utenti registrati possono vedere le immagini",
    "Musisz się zalogować, aby zobaczyć załączniki",
    "Nie masz uprawnień do wyświetlania załączników",
    "Tylko zarejestrowani użytkownicy mogą zobaczyć zdjęcia",
    "Você precisa estar logado para ver os anexos",
    "Você não tem permissão para ver os anexos",
    "Apenas usuários registrados podem ver as imagens",
    "Je moet ingelogd zijn om bijlagen te bekijken",
    "U moet zich registreren om de afbeeldingen te zien",
    "Вы не можете просматривать вложения",
    "Только зарегистрированные пользователи видят вложения",
    "Чтобы видеть вложения, зарегистрируйтесь",
    "У вас нет прав для просмотра вложений",
    "Вложения доступны только зарегистрированным пользователям",
    "Гости не могут просматривать изображения",
    "Войдите или зарегистрируйтесь, чтобы увидеть изображения",
    "Щоб переглянути вкладення, увійдіть",
    "Вкладення доступні лише зареєстрованим користувачам",
    "Ekleri görebilmek için üye olmanız veya giriş yapmanız gerekiyor",
    "Bu eki görmek için giriş yapın",
    "Resimleri görmek için giriş yapmalısınız",
    "添付ファイルを表示するにはログインしてください",
    "画像は会員のみ閲覧できます",
    "첨부파일을 보려면 로그인하세요",
    "회원만 이미지를 볼 수 있습니다",
    "登录后查看图片",
    "您必须登录才能查看附件",
    "游客无法查看图片，请登录",
    "抱歉，您沒有權限查看附件",
    "يجب عليك تسجيل الدخول لمشاهدة المرفقات",
    "Pro zobrazení příloh se musíte přihlásit",
    "Přílohy jsou viditelné pouze pro registrované uživatele",
    "Du måste vara inloggad för att se bilder",
    "Endast medlemmar kan se bilagor",
)


@pytest.mark.parametrize("words", OWN_WORDS)
def test_what_administrators_write_in_its_place(words: str) -> None:
    assert kept(thread(f'<div class="attach">{words}</div>')) == 4
    assert kept(thread("", talk=f"{TALK} Why does it say {words}?")) == 0


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param('<div class="memberinfo">Registered Member since 2010. Images: 40. Photos: 12</div>', id="who somebody is"),
        pytest.param('<div id="online" class="guests">Users online: 3 registered users, 12 guests. Total images 500</div>', id="who is here"),
        pytest.param('<div class="guest">Зарегистрированные пользователи: Anna, фото_Пётр. Гости: 5</div>', id="who is here, in Russian"),
        pytest.param(thread(""), id="an ordinary thread"),
        pytest.param('<div class="login-bar"><a href="/login">Log in</a> <a href="/register">Register</a> <a href="/photos">Photos</a></div>', id="a head"),
        pytest.param('<div class="notice"><a href="/login">Log in</a> to reply or to upload pictures.</div>', id="who may upload"),
        pytest.param('<div id="forumrules">You may not post new threads. You may not post attachments. You may not edit your posts.</div>', id="vBulletin's rules"),
        pytest.param('<div class="permissions">You cannot post attachments in this forum. You cannot download attachments in this forum</div>', id="phpBB's foot"),
        pytest.param('<div class="alert">Register to add photos to your gallery.</div>', id="an invitation"),
        pytest.param('<div class="attach_nopermission attach_tips"><div><h3><strong>登录/注册后可看大图</strong></h3><p>您需要 <a href="member.php?mod=logging">登录</a> 才可以下载或查看，没有帐号？</p></div></div>', id="Discuz's banner in every post"),
        pytest.param('<div class="alert">Wir nutzen Cookies, um Bilder anzuzeigen.</div>', id="a cookie notice"),
        pytest.param('<div class="attachments"><a href="/a/1">IMG_1.jpg</a> (45 kB, viewed 12 times)</div>', id="an attachment"),
        pytest.param('<form class="login"><input name="u">Log in to see your photos</form>', id="a form to log in"),
    ],
)  # fmt: skip
def test_what_every_page_has_is_nothing(markup: str) -> None:
    assert kept(thread(markup) if "login-bar" not in markup else markup + thread("")) == 0


def test_a_hostile_page_is_given_up_and_not_gone_through() -> None:
    deep = "<div class=attach>" * 2_000 + "You must be registered to see attachments" + "</div>" * 2_000
    assert kept(deep) >= 1
    assert kept("<i>" * 3_000 + "x" * 100_000 + "</i>" * 3_000) == 0
    assert kept("".join(f'<div class="attach{n}">Log in to see images</div>' for n in range(5_000))) > 100


def test_it_is_noted_once_with_its_count() -> None:
    content = read_html(
        ParseJob(Parser.HTML, "https://forum.example/"),
        thread(PHPBB.format("You must be registered to see attachments")).encode(),
    )
    assert content.noted == (Noted(RunTrouble.KEPT_FROM_GUESTS, 4),)
