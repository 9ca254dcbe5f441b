extension DemoAccount {
    static let moreEnglish = #"""
        === 20 No push notifications on Android phones
        state: closed, medium, Problem
        about: Lumenfold Mobile / Technical Support
        tags: mobile, android, notifications
        version: 8.2.1
        from: Julia Silva <julia@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-09-21T10:00:00Z

        Reminders ten minutes before a meeting reach my colleagues with iPhones but none of us on Android. It stopped about two weeks ago. I reinstalled the app without success.
        --- agent Farah Nasser +2h
        Hello Julia, Android puts apps that were not opened for a few days to sleep, and then they get no messages. Please open Settings, Apps, Lumenfold, Battery and choose "Unrestricted". App version 8.2.1 asks for this by itself after the next sign-in.
        --- customer +1d
        Set to Unrestricted and the reminders are back. Thank you.

        === 21 Meeting reminders never arrive on my Galaxy
        state: resolved, low, Problem
        about: Lumenfold Mobile / Technical Support
        tags: mobile, android
        from: Ben Moreau <ben@vantageyards.example>, Vantage Yards
        at: 2026-11-09T15:45:00Z

        The app tells me about a meeting only when I open it, and then all at once. Permissions are on. Galaxy S24, app 8.2.0.

        On 2 November you wrote:
        > Please check that notifications are allowed for the app.
        > Kind regards, Lumenfold Support
        --- agent Farah Nasser +40m
        Hi Ben, thanks for checking the permissions. What is left is battery saving: under Settings, Apps, Lumenfold, Battery choose "Unrestricted", and take the app off the list of sleeping apps in Device care.
        --- customer +6h
        It was on the list of sleeping apps. They arrive in time now.

        === 22 Licence says 50 of 50 although ten people left
        state: closed, low, Question
        about: Lumenfold Rooms / Billing
        tags: licence, seats
        source: 3
        from: Marta Weber <marta@mapleleaf.example>, Maple Street Books
        at: 2026-08-31T08:45:00Z

        (By phone) Cannot invite new staff: all 50 seats are taken, though ten people have left the company and are shown as deactivated.
        --- agent Alice Tanner +20m
        Hello Marta, deactivated people keep their seat for 30 days so that they can come back. To free it at once, open People, Deactivated, select them and choose "Release seat". That gives you ten seats right away.
        --- customer +1h
        Released, and the invitations are out. Thanks.

        === 23 Seats still counted for former employees
        state: resolved, low, Question
        about: Lumenfold Rooms / Billing
        tags: licence, seats
        from: Viktor Novak <viktor@calder.example>, Calder & Sons
        at: 2026-11-11T09:15:00Z

        We switched off the accounts of six colleagues who have gone. Rooms still says that no licence is free. Do we have to buy more?
        --- agent Alice Tanner +30m
        Hello Viktor, no need to buy anything: a deactivated account holds its seat for 30 days. Under People, Deactivated you can release seats at once.
        --- customer +2h
        Six free licences. Thank you!

        === 24 Occupancy sensor counts people who only walk by
        state: pending, medium, Problem
        about: Lumenfold Hub / Technical Support
        tags: sensor, occupancy
        from: Grace Iyer <grace@harbor.example>, Harbor Logistics
        at: 2026-11-12T10:30:00Z

        The sensor at the glass wall of "Pier 2" reports the room as used whenever somebody walks along the corridor. The statistics are worthless like this.
        --- agent Theo Brandt +3h
        Hello Grace, a radar sensor sees through glass. Could you tell me how far the sensor is from the wall, and set Detection range to 3 m (Devices, Sensor, Range) for a day?

        === 25 CO2 value stays at 400 ppm
        state: waiting on third party, medium, Problem
        about: Lumenfold Panel / Technical Support
        tags: sensor, co2
        from: Lena Weber <weber@blueheron.example>, Blue Heron School
        at: 2026-11-10T07:50:00Z

        Three classrooms show exactly 400 ppm all day, even with thirty children and closed windows. The others look right.
        --- agent Theo Brandt +2h
        Hello Lena, 400 is what the sensor sends while it calibrates itself. After a week it should be done. Which serial numbers do the three have?
        --- customer +4h
        They end in 1187, 1188 and 1190.
        --- note Theo Brandt +1h
        Same batch as the two from Orchard. Asked the sensor's maker, case 77120.

        === 26 OutOfMemoryError in the on-premises server every night
        state: open, urgent, Incident
        about: Lumenfold Rooms / Technical Support
        tags: server, memory
        version: 8.3.0
        from: Dario Conti <dario@vantageyards.example>, Vantage Yards
        at: 2026-11-19T05:55:00Z
        file: server-2026-11-19.log, text/plain, 1048576

        The server dies at 03:00 each night during the cleanup since 8.3.0.

        2026-11-19 03:00:41,203 ERROR [cleanup-1] c.l.rooms.jobs.CleanupJob - job aborted
        java.lang.OutOfMemoryError: Java heap space
            at java.base/java.util.Arrays.copyOf(Arrays.java:3537)
            at java.base/java.util.ArrayList.grow(ArrayList.java:237)
            at com.lumenfold.rooms.audit.AuditTrail.loadAll(AuditTrail.java:118)
            at com.lumenfold.rooms.jobs.CleanupJob.purgeAudit(CleanupJob.java:64)
            at com.lumenfold.rooms.jobs.CleanupJob.run(CleanupJob.java:31)
            at java.base/java.lang.Thread.run(Thread.java:1583)

        We have 12 million rows in the audit trail. Heap is 4 GB.
        --- note Jonas Keller +1h
        loadAll reads the whole table. Regression from the 8.3.0 audit change, ticket ROOMS-8831.
        --- agent Jonas Keller +15m
        Hello Dario, the cleanup of 8.3.0 reads the whole audit trail at once; that is our mistake. Until 8.3.1 is out, please set jobs.cleanup.audit=off in server.properties and restart; nothing else depends on it.

        === 27 How can I read bookings through the API?
        state: closed, low, Question
        about: Lumenfold Rooms / Onboarding
        tags: api
        from: Minjun Park <minjun@seoulprint.example>, Seoul Print Works
        at: 2026-07-08T04:30:00Z

        We want to show today's bookings on our intranet page. Is there an API, and how often may we call it?
        --- agent Jonas Keller +5h
        Hello Minjun, yes: GET /v3/bookings?room=…&day=2026-07-08 with a token from Administration, API. The limit is 120 calls per minute. For a page that many people watch, ask once a minute and keep the answer.
        --- customer +1d
        Works nicely, thank you.

        === 28 Please delete all data of a former employee
        state: closed, medium, Request
        about: Lumenfold Rooms / Billing
        tags: privacy, gdpr
        from: Petra Rossi <privacy@orchardhotels.example>, Orchard Hotels
        at: 2026-08-03T13:00:00Z

        A former employee asked us to erase his personal data. Please delete it from Rooms, backups included, and confirm in writing.
        --- agent Alice Tanner +1d
        Hello Petra, the account and its bookings are anonymised; you can see "Former user" in their place. Backups are overwritten after 35 days, on 8 September. The confirmation is under Administration, Privacy.
        --- customer +3h
        Received, that is all we need.

        === 29 Parcel with two panels has not arrived
        state: pending, medium, Question
        about: Lumenfold Panel / Billing
        tags: shipping
        from: Hugo Berg <hugo@northwindclinic.example>, Northwind Clinic
        at: 2026-11-16T11:20:00Z

        Our order 55-2031 was sent on 4 November, and tracking has said "in transit" for a week. We open the new wing on 1 December.
        --- agent Alice Tanner +2h
        Hello Hugo, I have asked the carrier to search for it. If it is not found by Friday two new panels leave by express, in time for your opening.

        === 30 Dark mode for the panel at night
        state: open, low, Feature Request
        about: Lumenfold Panel / Onboarding
        tags: panel, wish
        source: 9
        from: Sofia Moreau <s.moreau@orchardhotels.example>, Orchard Hotels
        at: 2026-10-30T19:30:00Z

        The panels outside our bedrooms shine like lamps after midnight. Could they go dark by a schedule?

        === 31 Scheduled report e-mail is not sent
        state: closed, medium, Problem
        about: Lumenfold Rooms / Technical Support
        tags: reports, email
        from: Marek Silva <accounts@calder.example>, Calder & Sons
        at: 2026-09-28T08:00:00Z

        The weekly usage report used to come every Monday. Nothing for three weeks, no error, not in the spam folder.
        --- agent Jonas Keller +3h
        Hello Marek, the schedule belonged to a colleague whose account was deactivated three weeks ago, and reports stop with their owner. I have moved it to you; the next one comes on Monday. From 8.4 the administrators are told when that happens.
        --- customer +7d
        It came this morning. Thank you!

        === 32 Import of 80 rooms fails at row 43
        state: closed, medium, Problem
        about: Lumenfold Rooms / Onboarding
        tags: import, csv
        from: Grace Iyer <grace@harbor.example>, Harbor Logistics
        at: 2026-07-15T09:00:00Z
        file: rooms.csv, text/csv, 9216

        The import stops with "row 43: capacity is not a number". The cell says 12. I see nothing wrong.
        --- agent Chaewon Han +1h
        file: rooms-clean.csv, text/csv, 9214
        Hello Grace, in row 43 the 12 is followed by a no-break space, which cannot be seen. I have cleaned the file; please try the attached one.
        --- customer +30m
        80 rooms are there. Invisible spaces, unbelievable.

        === 33 Password reset mail does not come
        state: closed, low, Incident
        about: Lumenfold Rooms / Technical Support
        tags: login, email
        from: Noah Walker <noah@calder.example>, Calder & Sons
        at: 2026-07-02T12:10:00Z

        I asked for a new password four times, no mail. A colleague gets hers within seconds.
        --- agent Chaewon Han +25m
        Hi Noah, our mail to you was refused after your mailbox had been full in May, and your address was put on a block list. I have taken it off; please try once more.
        --- customer +10m
        There it is. Thanks!

        === 34 Room names in the wrong order on the overview screen
        state: closed, low, Question
        about: Lumenfold Rooms / Onboarding
        tags: settings
        from: Hana Tanaka <hana@mapleleaf.example>, Maple Street Books
        at: 2026-08-20T14:00:00Z

        The overview in the lobby lists "Room 10" before "Room 2". Can I sort them by floor?
        --- agent Chaewon Han +2h
        Hello Hana, under Overview, Sorting choose "Floor, then natural order". Numbers are then read as numbers.
        --- customer +1d
        Exactly what I wanted.

        === 35 Refund for a panel that was returned in June
        state: pending, medium, Refund
        about: Lumenfold Panel / Billing
        tags: refund, returns
        from: Ravi Iyer <ravi.iyer@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-11-17T16:40:00Z

        We returned one panel in June (RMA 4417) and are still waiting for 489 euros. Please check.
        --- agent Alice Tanner +1d
        Hello Ravi, I am sorry about this. The panel was booked in on 19 June, but the credit note was never released. Which account shall the money go to?

        === 36 Webhook deliveries stop after an hour
        state: open, high, Problem
        about: Lumenfold Rooms / Technical Support
        tags: api, webhook
        version: 8.3.0
        from: Dario Conti <dario@vantageyards.example>, Vantage Yards
        at: 2026-11-18T14:25:00Z

        Our booking webhook works after each restart of Rooms and goes silent after about an hour. Our endpoint is up; the last entries on your side read:

        WARN  webhook.pool - 64 of 64 connections leased, waiting
        ERROR webhook.send - ConnectionPoolTimeoutException: Timeout waiting for connection from pool
            at org.apache.http.impl.conn.PoolingHttpClientConnectionManager.leaseConnection(PoolingHttpClientConnectionManager.java:316)
            at com.lumenfold.rooms.webhook.Sender.post(Sender.java:88)
        --- agent Jonas Keller +3h
        Hello Dario, thank you for the lines. It looks as if answers without a body were never read to their end, so their connections are not given back. Does your endpoint answer 204?
        --- customer +1h
        Yes, always 204.
        --- note Jonas Keller +40m
        Confirmed with a 204 endpoint here. Answering 200 with "{}" avoids it. Fix planned for 8.3.1.

        === 37 LED bar stays red though the room is free
        state: closed, medium, Problem
        about: Lumenfold Panel / Technical Support
        tags: panel, led
        from: Omar Haddad <omar@vantageyards.example>, Vantage Yards
        at: 2026-09-10T10:20:00Z

        The light beside "Slipway" is red all day. The screen itself says "Free until 14:00".
        --- agent Theo Brandt +1h
        Hello Omar, the bar of that panel follows the room "Slipway (old)", which has an all-day booking. Under Devices, the panel, LED choose "Same room as screen".
        --- customer +2h
        Green. Thank you.

        === 38 Can the hub run without internet?
        state: closed, low, Question
        about: Lumenfold Hub / Onboarding
        tags: hub, offline
        from: Calvin Price <calvin@calder.example>, Calder & Sons
        at: 2026-06-24T09:10:00Z

        Our warehouse has no internet line, only a local network. Do hub and panels work there?
        --- agent Chaewon Han +3h
        Hello Calvin, yes: with a local calendar on the hub everything but the mobile app works. Updates can be brought by USB stick. The guide "Islands" in our help centre has the steps.
        --- customer +2d
        Very good, we will order six.

        === 39 Chat: panel asks for a PIN that nobody knows
        state: resolved, medium, Question
        about: Lumenfold Panel / Technical Support
        tags: panel, pin, chat
        source: 15
        from: Julia Silva <julia@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-11-18T09:02:00Z

        Hi, the panel in our new room asks for an administrator PIN and the colleague who set it has left.
        --- agent Mina Park +2m
        Hello Julia, you can set a new PIN from the hub: Devices, the panel, Security, Reset PIN. It takes effect at once.
        --- customer +4m
        Found it, the new PIN works. Thanks for the quick chat!

        === 40 Audit log shows bookings by "unknown"
        state: waiting on customer, low, Question
        about: Lumenfold Rooms / Technical Support
        tags: audit
        from: Grace Jensen <gjensen@northwindclinic.example>, Northwind Clinic
        at: 2026-11-13T12:35:00Z

        In the audit log some bookings were made by "unknown". Our auditors do not like that. Who is it?
        --- agent Jonas Keller +2h
        Hello Grace, these are bookings made at a panel without a badge. You can require one under Panels, Check-in. Shall I switch it on for all rooms, or for the consultation rooms only?
        --- bot +3d
        No answer from the customer for three days: status set to Waiting on Customer by a rule.

        === 63 Rooms again unreachable?
        state: open, medium, Incident
        about: Lumenfold Panel / Technical Support
        tags: panel
        from: Ravi Iyer <ravi.iyer@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-11-19T07:10:00Z

        Two displays in Leeds say "No connection to hub" again this morning, the ones that were switched off during the update in September. Do they need 4.2.1 as well?

        === 64 Grow your traffic with 10,000 verified leads
        state: open, low, Question
        about: Lumenfold Rooms / Billing
        tags: spam
        from: Best Leads <offer@cheap-leads.example>
        at: 2026-11-18T22:13:00Z

        Dear business owner, we noticed that your web site could rank much higher. Buy 10,000 verified leads today and get 5,000 free. Click here. Unsubscribe.

        === 65 test, please ignore
        state: open, low, Question
        about: Lumenfold Rooms / Technical Support
        tags: test
        from: Noah Walker <noah@calder.example>, Calder & Sons
        at: 2026-11-17T10:00:00Z

        test test 123

        === 66 Which screws does frame A need?
        state: closed, low, Question
        about: Lumenfold Panel / Onboarding
        tags: mounting
        from: Aiko Lee <aiko.lee@ridgewayfoods.example>, Ridgeway Foods
        at: 2025-12-02T09:00:00Z

        Hello, the bag of screws was missing in our first delivery of panels with frame A. Which ones do we need?
        --- agent Theo Brandt +1h
        Hello Aiko, four M3 × 8 mm with a flat head. I am sending you a bag anyway.
        --- customer +4d
        The bag has come, thank you.
        """#
}
