import FreshetCore
import GRDB

/// The table `usage`: what models used, added up by company, day, model, purpose and currency.
enum UsageRow {
    /// A row for each currency that the figures hold. Calls, tokens and what has no price go with the first of them.
    static func add(_ entry: UsageEntry, in session: Session) throws {
        var rest = entry.figures
        let money = entry.figures.money.sorted { $0.key < $1.key }
        for (currency, amount) in money.isEmpty ? [("", 0)] : money {
            try session.run(
                """
                INSERT INTO usage (company_id, day, provider, model, purpose, currency, calls, unpriced_calls,
                    input_tokens, cached_tokens, output_tokens, money)
                VALUES (:company, :day, :provider, :model, :purpose, :currency, :calls, :unpriced, :input, :cached,
                    :output, :money)
                ON CONFLICT (company_id, day, provider, model, purpose, currency) DO UPDATE SET
                    calls = calls + excluded.calls, unpriced_calls = unpriced_calls + excluded.unpriced_calls,
                    input_tokens = input_tokens + excluded.input_tokens,
                    cached_tokens = cached_tokens + excluded.cached_tokens,
                    output_tokens = output_tokens + excluded.output_tokens, money = money + excluded.money
                """,
                [
                    "company": entry.company.text, "day": entry.day.text, "provider": entry.provider,
                    "model": entry.model, "purpose": entry.purpose.rawValue, "currency": currency,
                    "calls": rest.calls, "unpriced": rest.unpricedCalls, "input": rest.tokens.input,
                    "cached": rest.tokens.cached, "output": rest.tokens.output, "money": amount,
                ])
            rest = UsageFigures()
        }
    }

    static func all(
        of company: CompanyID, from first: UTCDay, through last: UTCDay, in session: Session
    ) throws -> [UsageEntry] {
        let rows = try session.all(
            """
            SELECT * FROM usage WHERE company_id = :company AND day BETWEEN :first AND :last
            ORDER BY day, provider, model, purpose, currency
            """, ["company": company.text, "first": first.text, "last": last.text]
        ) { row in
            let currency = row["currency"] as String
            return UsageEntry(
                company: company, day: try row.day("day"), provider: row["provider"], model: row["model"],
                purpose: try row.word("purpose"),
                figures: UsageFigures(
                    calls: row["calls"],
                    tokens: TokenUsage(
                        input: row["input_tokens"], output: row["output_tokens"], cached: row["cached_tokens"]),
                    money: currency.isEmpty ? [:] : [currency: row["money"]], unpricedCalls: row["unpriced_calls"]))
        }
        // Currencies of one model and day come together.
        return rows.reduce(into: []) { entries, next in
            guard let last = entries.last, last.day == next.day, last.provider == next.provider,
                last.model == next.model, last.purpose == next.purpose
            else { return entries.append(next) }
            entries[entries.count - 1].figures = last.figures + next.figures
        }
    }

    static func spending(
        of company: CompanyID, on day: UTCDay, currency: String, in session: Session
    ) throws -> Spending {
        try session.first(
            """
            SELECT
                coalesce(sum(CASE WHEN day = :day THEN input_tokens + output_tokens END), 0) AS daily_tokens,
                coalesce(sum(input_tokens + output_tokens), 0) AS monthly_tokens,
                coalesce(sum(CASE WHEN day = :day AND currency = :currency THEN money END), 0) AS daily_money,
                coalesce(sum(CASE WHEN currency = :currency THEN money END), 0) AS monthly_money
            FROM usage WHERE company_id = :company AND day BETWEEN :first AND :day
            """,
            ["day": day.text, "currency": currency, "company": company.text, "first": day.firstOfMonth.text]
        ) { row in
            Spending(
                dailyTokens: row["daily_tokens"], monthlyTokens: row["monthly_tokens"],
                dailyMoney: row["daily_money"], monthlyMoney: row["monthly_money"])
        } ?? Spending()
    }

    static func prune(_ company: CompanyID, before day: UTCDay, in session: Session) throws -> Int {
        try session.run(
            "DELETE FROM usage WHERE company_id = :company AND day < :day",
            ["company": company.text, "day": day.text])
    }
}

/// The table `saved_calls`: calls that were spared, by company, day, purpose and reason.
enum SavedCallsRow {
    static func add(_ entry: SavedEntry, in session: Session) throws {
        try session.run(
            """
            INSERT INTO saved_calls (company_id, day, purpose, reason, calls)
            VALUES (:company, :day, :purpose, :reason, :calls)
            ON CONFLICT (company_id, day, purpose, reason) DO UPDATE SET calls = calls + excluded.calls
            """,
            [
                "company": entry.company.text, "day": entry.day.text, "purpose": entry.purpose.rawValue,
                "reason": entry.reason.rawValue, "calls": entry.calls,
            ])
    }

    static func all(
        of company: CompanyID, from first: UTCDay, through last: UTCDay, in session: Session
    ) throws -> [SavedEntry] {
        try session.all(
            """
            SELECT * FROM saved_calls WHERE company_id = :company AND day BETWEEN :first AND :last
            ORDER BY day, purpose, reason
            """, ["company": company.text, "first": first.text, "last": last.text]
        ) { row in
            SavedEntry(
                company: company, day: try row.day("day"), purpose: try row.word("purpose"),
                reason: try row.word("reason"), calls: row["calls"])
        }
    }

    static func prune(_ company: CompanyID, before day: UTCDay, in session: Session) throws -> Int {
        try session.run(
            "DELETE FROM saved_calls WHERE company_id = :company AND day < :day",
            ["company": company.text, "day": day.text])
    }
}

extension Row {
    fileprivate func day(_ column: String) throws -> UTCDay {
        guard let day = UTCDay(text: self[column] as String) else { throw Self.unreadable(column) }
        return day
    }
}
