package import FreshetCore

/// A chat model behind its provider's gate.
package struct GatedChat: ChatModel {
    private let chat: any ChatModel
    private let gate: ProviderGate

    package init(_ chat: any ChatModel, behind gate: ProviderGate) {
        self.chat = chat
        self.gate = gate
    }

    package var identity: ModelIdentity { chat.identity }

    package func answer(_ question: ChatQuestion, deadline: Duration) async -> ChatReply {
        do throws(ModelFault) {
            try await gate.enter(tokens: question.estimate)
        } catch {
            return ChatReply(.failure(error))
        }
        let reply = await chat.answer(question, deadline: deadline)
        switch reply.answer {
        case .success: gate.leave(nil, reply.signals)
        case .failure(let fault): gate.leave(fault, reply.signals)
        }
        return reply
    }
}

extension ChatModel {
    /// The smallest call that tells whether the provider, the key and the model are there: a few dozen tokens.
    ///
    /// - Returns: what is wrong, if anything; an answer that breaks rules is an answer.
    package func probe(deadline: Duration) async -> ModelFault? {
        let reply = await answer(
            ChatQuestion(
                instructions: "Answer with the word ready.", material: "Are you there?",
                schema: AnswerSchema(
                    name: "answer", description: "Says that the model is there.",
                    properties: [.init(name: "word", description: "ready")]), answerLimit: 50),
            deadline: deadline)
        guard case .failure(let fault) = reply.answer else { return nil }
        return fault.isRepairable || fault == .refusal ? nil : fault
    }
}
