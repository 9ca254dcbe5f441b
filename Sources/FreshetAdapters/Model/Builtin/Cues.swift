/// Words by which a sentence shows what it is for. Lower case; Korean ones match inside a word, since endings follow.
enum Cues {
    static let cause: [StaticString] = [
        "because", "caused by", "due to", "root cause", "the cause", "the reason", "reason is", "as a result of",
        "the problem is", "the issue is", "turns out", "culprit", "stems from", "the bug is", "is triggered by", "원인",
        "때문",
        "탓에", "인해", "으로 인한", "문제는", "이유는", "weil", "ursache", "à cause", "parce que", "porque", "debido a", "causa",
        "原因", "ため",
        "因为", "由于", "из-за", "потому что",
    ]

    static let solution: [StaticString] = [
        "fixed", "fix", "resolved", "resolve", "resolves", "solution", "solved", "solve", "workaround", "work around",
        "please try", "try", "you can", "you need to", "you should", "need to", "make sure", "upgrade",
        "upgrading", "upgraded", "update", "updated", "restart", "restarted", "reset", "set", "change", "changed",
        "configure",
        "configured", "install", "installed", "reinstall", "remove", "removed", "delete", "deleted", "clear", "cleared",
        "disable",
        "disabled", "enable", "enabled", "add", "added", "replace", "replaced", "patch", "patched", "committed",
        "reverted", "released", "released in", "increase", "increased", "refunded", "refund", "issued", "unlocked",
        "renewed", "use",
        "instead", "해결", "조치", "설정", "변경", "업데이트", "재시작", "삭제", "설치", "수정", "적용", "초기화", "추가", "배포", "환불", "하시면",
        "해 주세요",
        "해주세요", "하십시오", "시도", "방법", "클릭", "로그아웃", "lösung", "behoben", "solución", "résolu", "corrigé", "解決", "対応",
        "解决", "修复",
    ]

    /// How a step of an article begins.
    static let instruction: [StaticString] = [
        "open", "go to", "click", "press", "hold", "select", "choose", "tap", "enter", "type", "sign in", "log in",
        "navigate", "set", "use", "check", "make sure", "restart", "reset", "remove", "delete", "add", "install",
        "uninstall", "update", "upgrade", "download", "run", "wait", "connect", "disconnect", "unplug", "plug", "turn",
        "scan", "allow", "enable", "disable", "copy", "paste", "save", "replace", "follow", "create", "configure",
        "contact", "if", "then", "first", "next", "finally", "step", "in the", "on the", "under", "please",
        "you can", "you need to",
    ]

    /// What stands in a step of an article, wherever.
    static let advice: [StaticString] = [
        "you can", "you need to", "you should", "make sure", "하십시오", "하세요", "해 주세요", "해주세요", "하시면", "누르세요", "누르십시오",
        "선택합니다", "클릭합니다", "입력합니다", "설정합니다", "してください", "bitte", "klicken sie", "cliquez", "haga clic",
    ]

    static let result: [StaticString] = [
        "works now", "working now", "works fine", "works again", "working again", "works for me", "work now",
        "it works",
        "that worked", "this worked", "fixed it", "fixed the", "is fixed", "been fixed", "was fixed", "now fixed",
        "fixed in",
        "fixed by", "resolved", "solved", "no longer", "problem is gone", "issue is gone", "back to normal", "closing",
        "closed",
        "committed", "released in", "can be closed", "won't fix", "duplicate", "해결되", "해결됐", "해결 되", "해결했", "잘 됩니다",
        "잘됩니다", "잘 되",
        "정상", "완료", "처리했", "배포했", "종료", "funktioniert jetzt", "behoben", "fonctionne maintenant", "résolu",
        "funciona ahora",
        "解決しました", "直りました", "已解决", "修复了",
    ]

    /// The writer is not sure, or speaks of what might be.
    static let doubt: [StaticString] = [
        "i think", "i guess", "maybe", "perhaps", "might", "wonder", "wondering", "sounds like", "looks like",
        "not sure", "could be",
        "would be", "should be", "would", "if", "hopefully", "probably", "seems", "것 같", "아마", "듯", "혹시", "만약",
    ]

    /// Turns a result into its opposite.
    static let denial: [StaticString] = [
        "not fixed", "not resolved", "isn't fixed", "not been fixed", "not work", "doesn't work", "not solved",
        "once fixed",
        "when fixed", "until", "해결되지", "해결이 안", "정상적으로 되지", "않습니다", "안 됩니다", "안됩니다",
    ]
}
