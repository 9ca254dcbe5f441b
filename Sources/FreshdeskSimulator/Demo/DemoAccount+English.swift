extension DemoAccount {
    static let english = #"""
        === 1 Panels show "offline" since firmware 4.2.0
        state: closed, high, Incident
        about: Lumenfold Panel / Technical Support
        tags: panel, firmware, network
        version: 4.2.0
        from: Ines Okafor <ines@harbor.example>, Harbor Logistics
        at: 2026-09-01T08:12:00Z
        file: panel-boot.log, text/plain, 18432

        Good morning,

        eleven of our fourteen room panels have been showing "offline" since they updated themselves to firmware 4.2.0 last night. They have power and the network port blinks, but the dashboard lists them as unreachable. Restarting helps for about a minute.

        From the log of one of them:

        2026-09-01 06:40:11 INFO  net: link up 1000/full
        2026-09-01 06:40:13 WARN  mdns: responder restarted
        2026-09-01 06:41:02 ERROR tls: handshake with hub failed: certificate not yet valid
        2026-09-01 06:41:02 INFO  hub: state=offline retry=30s

        Best regards,
        Ines Okafor
        Facility Manager, Harbor Logistics
        --- agent Mina Park +40m
        Hello Ines,

        thank you for the log, it says it all: firmware 4.2.0 starts its clock at the year 2000 and refuses the hub's certificate until it has asked a time server. Is outgoing NTP (UDP port 123) blocked in your network?
        --- customer +1h
        Yes, our firewall only lets the proxy out. Until last week that was never a problem.
        --- note Theo Brandt +10m
        Known: FW-2291. 4.1 took the time from the hub, 4.2.0 dropped that by mistake. Fix is in 4.2.1, rollout on Thursday.
        --- agent Mina Park +30m
        You have two ways out. Either allow UDP 123 to time.lumenfold.example, which brings the panels back within a minute, or wait for firmware 4.2.1 on Thursday, which takes the time from the hub again. No need to touch the panels in either case.
        --- customer +1d
        We opened the port and all eleven came back. Thank you for the quick help!
        --- agent Mina Park +20m
        Glad to hear it. Firmware 4.2.1 is out by now, so you can close the port again whenever you like. I am closing the ticket.

        === 2 Meeting room displays cannot reach the hub after last night's update
        state: resolved, high, Incident
        about: Lumenfold Panel / Technical Support
        tags: panel, firmware
        version: 4.2.0
        from: Ravi Iyer <ravi.iyer@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-09-02T06:55:00Z

        Hi,

        all displays in our Leeds building lost contact with the hub overnight. The screen says "No connection to hub, trying again". The hub itself is up and I can open its page. Did you push an update?

        Ravi

        Sent from my phone
        --- agent Theo Brandt +25m
        Hi Ravi, we did: firmware 4.2.0. It needs to reach a time server before it trusts the hub's certificate. Please allow NTP (UDP 123) to time.lumenfold.example for the panels, or update them to 4.2.1 from the hub page under Devices, Firmware. Both cure it.
        --- customer +3h
        Updated to 4.2.1 from the hub page, all green again. Thanks.

        === 3 Device list is red, certificate not yet valid
        state: closed, urgent, Incident
        about: Lumenfold Hub / Technical Support
        tags: hub, firmware, certificate
        from: Sofia Moreau <s.moreau@orchardhotels.example>, Orchard Hotels
        at: 2026-09-03T15:20:00Z

        Hello, since yesterday every panel in three of our hotels is red in the list. When I open the details I read "handshake failed: certificate not yet valid". Our guests see a black screen beside the conference rooms. We have an event with 300 people tomorrow!
        --- agent Mina Park +8m
        Hello Sofia, I understand the hurry. Your panels run firmware 4.2.0, whose clock is wrong until it finds a time server. Please go to the hub page, Devices, Firmware, and choose "Update all to 4.2.1". It takes four minutes for each hotel.
        --- customer +35m
        Done in all three, and everything is green. You saved my evening.
        --- agent Mina Park +5m
        Wonderful. Good luck with the event!

        === 4 Google Calendar: rooms get booked twice
        state: closed, high, Problem
        about: Lumenfold Rooms / Technical Support
        tags: calendar, google, sync
        from: Noah Walker <noah@calder.example>, Calder & Sons
        at: 2026-08-18T10:05:00Z

        Hello support,

        since we connected Google Calendar, two teams could book the same room for the same hour several times. In Rooms both bookings are shown one above the other, in Google there is only one. It happens mostly with recurring meetings.
        --- agent Jonas Keller +1h
        Hi Noah, which account did you use for the connection: a person's or a service account? And is "Automatically accept invitations" on for the room resources in Google?
        --- customer +4h
        My own account, and yes, it is on.
        --- note Jonas Keller +30m
        Classic: personal account has only free/busy on resources, so our write comes back as "accepted" although the slot is gone.
        --- agent Jonas Keller +15m
        There is the reason: a personal account may only see whether the room is free, so conflicts are not reported to us. Please connect with a service account that has the right "Make changes to events" on each room (Settings, Calendars, Google, Reconnect). Double bookings are refused from then on, and the old ones are listed under Conflicts to be cleaned up.
        --- customer +2d
        No double bookings for two days. Solved.

        === 5 Same slot given to two teams, recurring events from Google
        state: resolved, medium, Problem
        about: Lumenfold Rooms / Technical Support
        tags: calendar, google
        from: Hana Tanaka <hana@mapleleaf.example>, Maple Street Books
        at: 2026-10-06T13:44:00Z

        Our weekly stand-up in the room "Atlas" is overwritten by other people's meetings. Everybody gets a confirmation, then two groups stand before the door. We use Google Workspace and connected it with the office manager's login.
        --- agent Jonas Keller +2h
        Hello Hana, the login of a person can see that a room is free but is not told about conflicts. Please create a service account, give it "Make changes to events" on all rooms, and reconnect under Settings, Calendars, Google. After that the second booking is refused at once.
        --- customer +1d
        Reconnected with a service account as you described and it refuses the second booking now. Thanks!

        === 6 Login goes round in circles with single sign-on
        state: closed, high, Incident
        about: Lumenfold Rooms / Technical Support
        tags: sso, login, saml
        from: Erik Berg <erik.berg@vantageyards.example>, Vantage Yards
        at: 2026-07-27T07:30:00Z

        Hi, when our people click "Sign in with SSO" the page jumps to our identity provider, back to Rooms, and to the provider again, until the browser says "too many redirects". It began after we renewed the signing certificate at our side.
        --- agent Farah Nasser +50m
        Hello Erik, Rooms still has the old certificate, so it throws every answer away and asks again. Under Administration, Security, SAML you can upload the new one, or better: enter the metadata URL so that Rooms follows renewals by itself.
        --- customer +30m
        Metadata URL entered, login works. It would be nice if the page said "certificate mismatch" instead of spinning.
        --- agent Farah Nasser +1h
        A fair point, I have passed it on: from release 8.4 there will be a clear message. Closing this one.

        === 7 "Too many redirects" for everybody who signs in through Azure
        state: resolved, urgent, Incident
        about: Lumenfold Rooms / Technical Support
        tags: sso, login, azure
        from: Grace Jensen <gjensen@northwindclinic.example>, Northwind Clinic
        at: 2026-10-20T06:10:00Z

        Nobody at the clinic can get into Rooms since six this morning. The browser bounces between Microsoft and your page and then gives up. Local admin login works. IT says that the SAML token signing certificate rolled over during the night.

        Grace Jensen
        Northwind Clinic, IT Service Desk
        Confidential: this message is meant for the addressee only.
        --- agent Farah Nasser +12m
        Good morning Grace. That roll-over is the cause: Rooms must learn the new signing certificate. With the local admin, open Administration, Security, SAML, and paste the federation metadata URL of your Azure app instead of the single certificate. Future roll-overs are then picked up automatically.
        --- customer +20m
        It worked, people are coming in again. Thank you.

        === 8 New badges are not accepted at the door reader
        state: closed, medium, Problem
        about: Lumenfold Panel / Technical Support
        tags: badge, reader, rfid
        from: Tomas Novak <tomas@harbor.example>, Harbor Logistics
        at: 2026-08-05T11:00:00Z

        We received 200 new employee badges. The old ones still open a booking on the panel, the new ones only make it blink red. Same supplier, but these are DESFire EV3 instead of EV1.
        --- agent Theo Brandt +3h
        Hello Tomas, EV3 badges hide their serial number by default ("random UID"), so the reader sees a new badge at each touch. You can order them with random UID off, or switch the panel to reading the application id: hub page, Devices, Badge reader, Identify by = AID F48A. The second works with what you have.
        --- customer +1d
        Identify by AID works for both generations. Thanks a lot, you can close this.

        === 9 Panel blinks red with fresh DESFire cards
        state: resolved, low, Question
        about: Lumenfold Panel / Technical Support
        tags: badge, reader
        from: Lena Weber <weber@blueheron.example>, Blue Heron School
        at: 2026-10-28T09:40:00Z

        Hello, teachers with cards from the new batch cannot check in at the room displays. The light goes red and the log in the hub says "unknown card" with a different number every time, for one and the same card. Are these cards broken?
        --- agent Theo Brandt +1h
        Hello Lena, they are fine: newer cards show a random number for privacy. Please set Devices, Badge reader, Identify by to "AID" and enter F48A; then the panel reads the fixed number inside the card.
        --- customer +5h
        Perfect, the whole batch works now.

        === 10 VAT number missing on invoice 2026-0912
        state: closed, low, Question
        about: Lumenfold Rooms / Billing
        tags: invoice, vat
        source: 2
        from: Marek Silva <accounts@calder.example>, Calder & Sons
        at: 2026-09-14T12:00:00Z
        file: invoice-2026-0912.pdf, application/pdf, 88210

        Dear all, our VAT number is not on invoice 2026-0912, so our accountant refuses it. We entered it in the portal when we ordered. Please send a corrected one.
        --- agent Alice Tanner +1d
        Hello Marek, the number was saved for the delivery address only, and the invoice takes it from the billing address. I have copied it over and issued a corrected invoice; you will find it under Billing, Documents. The next ones will be right by themselves.
        --- customer +2h
        Received with the number on it. Thank you.

        === 11 Accountant rejects our bill because the tax id is not printed
        state: resolved, low, Question
        about: Lumenfold Rooms / Billing
        tags: invoice, vat
        from: Priya Rossi <priya@orchardhotels.example>, Orchard Hotels
        at: 2026-10-15T08:25:00Z

        Hi billing team, the last two bills came without our tax id although it is in our profile. We cannot claim the tax back like this. Can you reissue them?
        --- agent Alice Tanner +5h
        Hi Priya, the id sat at your delivery address, while bills use the billing address. I have moved it and reissued both documents; they are in the portal under Billing, Documents.
        --- customer +1d
        Got both, all fine now.

        === 12 Touch does not react in the lower left corner
        state: closed, medium, Problem
        about: Lumenfold Panel / Technical Support
        tags: panel, touch
        from: Aiko Lee <aiko.lee@ridgewayfoods.example>, Ridgeway Foods
        at: 2026-08-26T14:15:00Z
        file: corner.jpg, image/jpeg, 412330

        On four panels the lower left corner does not react to fingers, so nobody can press "End meeting". The rest of the glass is fine. A picture is attached. They were mounted two weeks ago.
        --- agent Theo Brandt +2h
        Hi Aiko, thanks for the picture. The mounting frame presses on the glass there: the screws of frame B must not be tightened beyond 0.4 Nm. Please loosen the lower left screw by half a turn and run Settings, Display, Calibrate touch.
        --- customer +1d
        Half a turn and a calibration, and the corner is alive on all four. Who would have thought!

        === 13 Dead area on glass, End button cannot be pressed
        state: resolved, medium, Incident
        about: Lumenfold Panel / Technical Support
        tags: panel, touch, mounting
        from: Omar Haddad <omar@vantageyards.example>, Vantage Yards
        at: 2026-11-03T10:35:00Z

        The screen of the panel beside "Dry dock" ignores touches near its bottom edge at the left. We have to walk to the computer to end a meeting. Is the glass defective? It is still under warranty.
        --- agent Theo Brandt +1h
        Hello Omar, before we swap it: in most cases the frame is screwed too tightly at that corner. Loosen the lower left screw by half a turn, then calibrate under Settings, Display. If that does not help I will send a new panel at once.
        --- customer +3h
        No swap needed, that was it. Thanks!

        === 14 Exported report shows garbage instead of Korean names in Excel
        state: closed, medium, Problem
        about: Lumenfold Rooms / Technical Support
        tags: export, csv, encoding
        from: Seoyeon Choi <seoyeon@hanbit.example>, Hanbit Trading
        at: 2026-08-11T02:20:00Z
        file: usage-july.csv, text/csv, 20480

        Hi, when I open the CSV usage report in Excel all Korean names look like "ê¹€ë¯¼ì¤€". In the browser they are right. Our head office needs the file in Excel.
        --- agent Jonas Keller +6h
        Hi Seoyeon, Excel guesses the wrong encoding since the file has no byte order mark. Under Reports, Export, tick "For Excel (UTF-8 with BOM)" and the names come out right. For files that you already have: Data, From text, and choose 65001 UTF-8.
        --- customer +1d
        The tick box did it. Thank you!

        === 15 All meetings are one hour late since Sunday
        state: closed, high, Incident
        about: Lumenfold Panel / Technical Support
        tags: time, dst
        from: Dmitri Rossi <dmitri@mapleleaf.example>, Maple Street Books
        at: 2026-10-26T07:05:00Z

        Since the clocks were changed on Sunday every panel shows our meetings an hour later than Outlook does. Bookings made at the panel land an hour early in the calendar.
        --- agent Mina Park +35m
        Good morning Dmitri, your hub has a fixed offset (UTC+2) instead of a region as its time zone, so it does not follow the change. Please choose Europe/Brussels under Hub, Time and press "Send to panels". Bookings are stored in UTC, so nothing needs to be moved.
        --- customer +25m
        Yes! Everything is in line again.

        === 16 Wrong hour on room displays after the end of summer time
        state: resolved, high, Incident
        about: Lumenfold Hub / Technical Support
        tags: time, dst, hub
        from: Ingrid Jensen <ingrid@northwindclinic.example>, Northwind Clinic
        at: 2026-10-26T08:50:00Z

        Our displays still live in summer time. The 10 o'clock consultation is shown at 11 and patients are sent away. The computers are right. How do we turn it back?
        --- agent Mina Park +15m
        Hello Ingrid, please open the hub page, Time, and look at the time zone: if it reads "UTC+2" change it to Europe/Oslo. A fixed offset does not know about summer time; a region does. The displays follow within a minute.
        --- customer +10m
        It read UTC+2. Changed, and all displays are right. Thank you so much.

        === 17 Hour shift between Outlook and door signs
        state: closed, medium, Incident
        about: Lumenfold Hub / Technical Support
        tags: time, dst, outlook
        from: Paul Walker <paul@orchardhotels.example>, Orchard Hotels
        at: 2026-10-27T16:00:00Z

        Door signs and Outlook differ by sixty minutes since the weekend, in our Lisbon house only. The other houses are fine. What is different there?
        --- note Mina Park +20m
        Lisbon hub was set up by hand with UTC+1.
        --- agent Mina Park +10m
        Hi Paul, the hub in Lisbon has a fixed offset of UTC+1, the others have a region. Set Hub, Time, Zone to Europe/Lisbon and the signs follow the change of clocks from now on.
        --- customer +1d
        All equal again, please close.

        === 18 Hub drops off Wi-Fi several times a day
        state: closed, medium, Problem
        about: Lumenfold Hub / Technical Support
        tags: hub, wifi
        from: Noor Haddad <noor@blueheron.example>, Blue Heron School
        at: 2026-09-08T09:30:00Z
        file: hub-syslog.txt, text/plain, 64101

        The hub in the gym loses Wi-Fi five or six times a day for two minutes, then comes back. Signal is strong. Log attached, this line repeats:

        wlan0: DFS: radar detected on channel 100, leaving
        wlan0: associated after 118 s
        --- agent Theo Brandt +4h
        Hello Noor, your access point uses channel 100, which must be left whenever something that looks like radar is seen; then the hub has to search for two minutes. Please fix the 5 GHz network to channel 36, 40, 44 or 48, or let the hub use 2.4 GHz under Network, Band.
        --- customer +2d
        With channel 44 there was not a single drop in two days. Solved.

        === 19 Two minutes without connection, again and again (5 GHz)
        state: resolved, medium, Problem
        about: Lumenfold Hub / Technical Support
        tags: hub, wifi, dfs
        from: Calvin Price <calvin@calder.example>, Calder & Sons
        at: 2026-11-05T13:10:00Z

        Our hub disappears from the network for about two minutes, at odd times, roughly every three hours. We are close to the airport, does that matter? A cable is no option in that corner.
        --- agent Theo Brandt +1h
        Hi Calvin, it does matter: the airport's radar makes your access point change its 5 GHz channel, and the hub searches for two minutes each time. Choose a channel without radar rules (36 to 48) in the access point, or 2.4 GHz for the hub.
        --- customer +1d
        Channel 40 now, stable since. The airport it was!
        """#
}
