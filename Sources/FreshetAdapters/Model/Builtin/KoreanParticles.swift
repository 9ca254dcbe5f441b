/// Korean words carry particles and endings; a tag should not.
enum KoreanParticles {
    /// The word without its particle; empty for what looks like a verb, which makes no good tag.
    static func stem(_ word: [UInt32]) -> [UInt32] {
        let isHangul = { (value: UInt32) in (0xAC00...0xD7A3).contains(value) }
        let word = Array(word.prefix(while: isHangul))
        for ending in verbEndings
        // Short nouns end in such syllables, too: 권한, 제한.
        where word.count > max(2, ending.count) && word.suffix(ending.count).elementsEqual(ending) {
            return []
        }
        for particle in particles
        where word.count >= particle.count + 2 && word.suffix(particle.count).elementsEqual(particle) {
            return Array(word.dropLast(particle.count))
        }
        return word
    }

    // Longer ones stand before the shorter ones they end in.
    private static let particles: [[UInt32]] = scalars(
        """
        에서는 에서도 으로는 으로도 에게서 이라는 라는 에서 에게 한테 으로 부터 까지 처럼 보다 마다 조차 이나 라고 이라 하고 이랑 에는 에도 과의 와의 들이 들을 들은 들의 은 는 이 \
        가 을 를 에 의 도 로 와 과 만 들
        """)
    private static let verbEndings: [[UInt32]] = scalars(
        """
        습니다 입니다 됩니다 합니다 니다 하세요 세요 어요 아요 해요 네요 나요 까요 군요 는데 은데 한데 인데 지만 면서 하면 되면 으면 했다 한다 된다 였다 었다 았다 있다 없다 하는 \
        되는 있는 없는 하고 되고 해서 돼서 어서 아서 하여 되어 려고 하지 되지 하게 되게 않고 않는 않음 않아 같은 같이 위해 대한 대해 통해 따라 관련 있어 없어 했는 하던 \
        하기 되었 했습 한 된 할 될 함 됨
        """)

    /// Words that every ticket may hold.
    static let generic: Set<String> = Set(
        """
        안녕 안녕하세요 감사 감사합니다 문의 문의사항 문제 확인 요청 부탁 답변 관련 현재 사용 이용 경우 때문 이후 이전 오늘 어제 내일 저희 제가 우리 그런 이런 어떤 무엇 어떻게 계속 다시 \
        정도 부분 내용 방법 상황 상태 고객 고객님 담당자 안내 처리 진행 가능 발생 오류 에러 에러가 아래 위의 다음 지금 가끔 항상 모두 그리고 하지만 그래서 해당 혹시 빠른
        """.split(separator: " ").map(String.init))

    private static func scalars(_ list: String) -> [[UInt32]] {
        list.split(separator: " ").map { $0.unicodeScalars.map(\.value) }
    }
}
