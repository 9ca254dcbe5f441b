/// German, Spanish and Japanese: smaller shares of a generated account.
extension Phrases {
    static let german = Language(
        names: (
            ["Anke", "Bernd", "Carla", "Dieter", "Elif", "Frieder", "Greta", "Holger", "Jonas", "Katrin"],
            ["Weber", "Kühn", "Lindner", "Özdemir", "Schröder", "Vogt", "Brandt", "Hesse", "Pohl", "Riedel"]
        ),
        greetings: ["Guten Tag,", "Hallo zusammen,", "Sehr geehrte Damen und Herren,"],
        problems: [
            Problem(
                subject: "Export aus {place} bricht ab",
                description:
                    "Wenn wir aus {place} alles exportieren, endet die Datei nach etwa 500 Zeilen, ohne dass ein Fehler erscheint.",
                solution:
                    "Der alte Auftrag hatte eine Zeilengrenze. Bitte aktualisieren Sie auf {version} und starten Sie den Export erneut.",
                tags: ["export", "bericht"]),
            Problem(
                subject: "Keine Anmeldung seit {version}",
                description:
                    "Seit der Umstellung auf {version} kann sich in {place} niemand mehr anmelden. Die Sitzung gilt sofort als abgelaufen.",
                solution:
                    "Die Uhr Ihres Servers ging elf Minuten nach. Schalten Sie den Zeitabgleich ein und melden Sie sich neu an.",
                tags: ["anmeldung"]),
            Problem(
                subject: "Rechnungssumme in {place} um einen Cent falsch",
                description:
                    "Mehrere Rechnungen in {place} zeigen eine Summe, die um einen Cent über der Summe der Zeilen liegt.",
                solution:
                    "Die Steuer wurde je Zeile gerundet. Wählen Sie unter Einstellungen, Steuer die Rundung je Rechnung.",
                tags: ["rechnung", "rundung"]),
            Problem(
                subject: "Scanner nach Neustart nicht gefunden ({place})",
                description:
                    "Nach jedem Neustart wird der Scanner in {place} erst gefunden, wenn ich das Kabel neu einstecke.",
                solution:
                    "Bitte installieren Sie den Treiber aus {version} und schalten Sie das Energiesparen am USB-Anschluss ab.",
                tags: ["scanner", "treiber"]),
        ],
        places: ["dem Lager", "der Buchhaltung", "dem Monatsbericht", "der Filiale in Köln", "dem Kundenportal"],
        details: [
            "Es begann am Montag. Auf allen vier Rechnern läuft {version}, überall dasselbe.",
            "Mit einem anderen Browser und einem anderen Konto ist es genauso.",
            "Es eilt nicht, aber inzwischen fragen mehrere Kolleginnen nach.",
        ],
        closings: ["Vielen Dank für Ihre Hilfe!", "Mit freundlichen Grüßen", "Beste Grüße"],
        customerReplies: [
            "Danke, das probiere ich morgen früh.", "Nach dem Neustart ist es leider unverändert.",
            "Jetzt geht es. Vielen Dank!", "Die gewünschte Datei hängt an.",
        ],
        agentReplies: [
            "Danke für Ihre Nachricht. Welche Version sehen Sie unter Hilfe, Über?",
            "Könnten Sie uns das Protokoll der letzten Stunde schicken?",
            "Wir können das nachstellen und haben es an die Entwicklung gegeben.",
        ],
        notes: ["Wie zwei andere Fälle diese Woche.", "Entwicklung gefragt, Antwort steht aus."])

    static let spanish = Language(
        names: (
            ["Lucía", "Mateo", "Carmen", "Diego", "Elena", "Hugo", "Marta", "Pablo", "Rocío", "Sergio"],
            ["Gómez", "Núñez", "Herrera", "Ibáñez", "Molina", "Ortega", "Prieto", "Rivas", "Soler", "Vidal"]
        ),
        greetings: ["Hola:", "Buenos días:", "Estimado equipo de soporte:"],
        problems: [
            Problem(
                subject: "La exportación de {place} se corta",
                description:
                    "Al exportar todo desde {place}, el archivo termina tras unas 500 filas y no aparece ningún error.",
                solution:
                    "La tarea antigua tenía un límite de filas. Actualice a {version} y vuelva a exportar: ahora llega hasta el final.",
                tags: ["exportación", "informes"]),
            Problem(
                subject: "No podemos iniciar sesión desde {version}",
                description:
                    "Desde que pasamos a {version} nadie en {place} puede iniciar sesión. Dice que la sesión ha caducado una y otra vez.",
                solution:
                    "El reloj de su servidor iba once minutos atrasado. Active la sincronización de hora e inicie sesión de nuevo.",
                tags: ["acceso"]),
            Problem(
                subject: "Las notificaciones de {place} llegan dos veces",
                description:
                    "Cada notificación de {place} nos llega dos veces, con un minuto de diferencia, desde {version}.",
                solution: "Dos reglas coincidían con el mismo evento. He quitado la antigua; ahora llega una sola vez.",
                tags: ["notificaciones"]),
            Problem(
                subject: "¿Cómo añado un usuario a {place}?",
                description:
                    "Tenemos una compañera nueva que debe ver {place} sin cambiar nada. ¿Dónde se configura?",
                solution:
                    "En Administración, Personas, Invitar, elija el papel de lectura. La invitación vale siete días.",
                tags: ["usuarios", "permisos"]),
        ],
        places: ["el almacén", "contabilidad", "el informe mensual", "la oficina de Sevilla", "el portal de clientes"],
        details: [
            "Empezó el lunes. Usamos {version} en cuatro equipos y en todos ocurre lo mismo.",
            "He probado con otro navegador y otra cuenta, sin suerte.",
            "No es urgente, pero ya preguntan varias personas.",
        ],
        closings: ["¡Gracias por su ayuda!", "Un saludo", "Quedo a la espera."],
        customerReplies: [
            "Gracias, lo pruebo mañana por la mañana.", "Sigue igual después de reiniciar.", "Ya funciona. ¡Gracias!",
        ],
        agentReplies: [
            "Gracias por escribirnos. ¿Qué versión ve en Ayuda, Acerca de?",
            "¿Podría enviarnos el registro de la última hora?", "Lo hemos reproducido y lo hemos pasado a desarrollo.",
        ],
        notes: ["Igual que otros dos casos de esta semana.", "Consultado con desarrollo, a la espera."])

    static let japanese = Language(
        names: (["葵", "陽菜", "蓮", "湊", "結衣", "大翔", "美咲", "健太"], ["田中", "佐藤", "鈴木", "高橋", "渡辺", "中村", "小林", "山本"]),
        greetings: ["お世話になっております。", "いつもありがとうございます。"],
        problems: [
            Problem(
                subject: "{place}のエクスポートが途中で止まります",
                description: "{place}から全件をエクスポートすると、500行ほどでファイルが終わり、エラーも表示されません。",
                solution: "以前のジョブの行数制限が原因でした。{version}に更新してからもう一度エクスポートしてください。最後まで出力されます。",
                tags: ["エクスポート"]),
            Problem(
                subject: "{version}への更新後にログインできません",
                description: "{version}に更新してから、{place}の全員がログインできません。セッションの有効期限切れという画面が繰り返し表示されます。",
                solution: "サーバーの時計が11分遅れていたことが原因です。時刻の同期を有効にして、ログインし直してください。",
                tags: ["ログイン"]),
            Problem(
                subject: "{place}の通知が二重に届きます",
                description: "{version}から、{place}の通知が1分おいて二回届くようになりました。",
                solution: "同じイベントに二つのルールが一致していました。古いルールを削除したので、一回だけ届きます。",
                tags: ["通知"]),
        ],
        places: ["倉庫", "大阪支店", "経理", "月次レポート", "顧客ポータル"],
        details: ["月曜日からです。4台とも{version}で、症状は同じです。", "別のブラウザーと別のアカウントでも変わりませんでした。", "急ぎではありませんが、何人かに聞かれています。"],
        closings: ["よろしくお願いいたします。", "ご確認をお願いいたします。"],
        customerReplies: ["ありがとうございます。明日の朝に試します。", "再起動しても変わりません。", "直りました。ありがとうございました。"],
        agentReplies: [
            "お問い合わせありがとうございます。ヘルプのバージョン情報をお知らせください。", "直近1時間のログをお送りいただけますか。",
            "こちらでも再現し、開発に伝えました。",
        ],
        notes: ["今週ほかに2件同じ問い合わせあり。", "開発に確認中。"])
}
