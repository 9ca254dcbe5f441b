/// The courtesies of a reply that nobody has written, in the languages that we know them in.
struct ReplyPhrases: Sendable {
    var greeting: String
    /// Before what helped others.
    var opening: String
    /// Where nothing is known that would help: for the agent to fill in.
    var gap: String
    var closing: String

    init?(language: String) {
        guard let phrases = Self.all[language] else { return nil }
        self = phrases
    }

    private init(_ greeting: String, _ opening: String, _ gap: String, _ closing: String) {
        self.greeting = greeting
        self.opening = opening
        self.gap = gap
        self.closing = closing
    }

    static let english = ReplyPhrases(
        "Hello [name],", "Thank you for your message. This has helped in similar cases:",
        "Thank you for your message. [answer]", "Kind regards")

    private static let all: [String: ReplyPhrases] = [
        "en": english,
        "ko": ReplyPhrases(
            "안녕하세요, [name] 고객님.", "문의해 주셔서 감사합니다. 비슷한 경우에 다음 방법이 도움이 되었습니다.", "문의해 주셔서 감사합니다. [답변]", "감사합니다."),
        "de": ReplyPhrases(
            "Guten Tag [name],", "vielen Dank für Ihre Nachricht. In ähnlichen Fällen hat Folgendes geholfen:",
            "vielen Dank für Ihre Nachricht. [Antwort]", "Mit freundlichen Grüßen"),
        "fr": ReplyPhrases(
            "Bonjour [name],", "Merci pour votre message. Voici ce qui a aidé dans des cas semblables :",
            "Merci pour votre message. [réponse]", "Cordialement"),
        "es": ReplyPhrases(
            "Hola [name]:", "Gracias por su mensaje. Esto ha ayudado en casos parecidos:",
            "Gracias por su mensaje. [respuesta]", "Un saludo"),
        "pt": ReplyPhrases(
            "Olá [name],", "Obrigado pela sua mensagem. Isto ajudou em casos semelhantes:",
            "Obrigado pela sua mensagem. [resposta]", "Atenciosamente"),
        "it": ReplyPhrases(
            "Gentile [name],", "Grazie per il suo messaggio. In casi simili è stato utile quanto segue:",
            "Grazie per il suo messaggio. [risposta]", "Cordiali saluti"),
        "nl": ReplyPhrases(
            "Beste [name],", "Bedankt voor uw bericht. In vergelijkbare gevallen heeft het volgende geholpen:",
            "Bedankt voor uw bericht. [antwoord]", "Met vriendelijke groet"),
        "ja": ReplyPhrases(
            "[name] 様", "お問い合わせありがとうございます。同様のケースでは次の方法が有効でした。", "お問い合わせありがとうございます。[回答]",
            "よろしくお願いいたします。"),
    ]
}
