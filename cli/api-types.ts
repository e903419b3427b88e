/** Made by `npm run api`, never by hand, from an openapi.json whose SHA-256 is c8a4029041555e7e9248f61730e578587fd665d24b2065b89c8573faf07b4c13. */
export interface paths {
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Speaks MCP with a model's client: one message of JSON-RPC each, without sessions (docs/mcp.md). */
        post: operations["speak-mcp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the tokens that were made, the newest first; none of their secrets. */
        get: operations["list-tokens"];
        put?: never;
        /** Makes a token for a person or a program. It may be given what the one that asks has, and no more. */
        post: operations["create-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a token: `self` is the one that asks, and others take the scope `tokens:admin`. */
        get: operations["read-token"];
        put?: never;
        post?: never;
        /** Revokes a token: it is worth nothing within ten seconds, and its sessions within a quarter of an hour. */
        delete: operations["revoke-token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{token}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a token another secret; the one before it is taken for a while. */
        post: operations["rotate-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the towns that the token may read, by name. */
        get: operations["list-towns"];
        put?: never;
        /** Creates a town; with `paused`, nothing starts until an operator resumes it. */
        post: operations["create-town"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a town: its settings, and how many beads and agents it has. */
        get: operations["read-town"];
        put?: never;
        post?: never;
        /** Removes a town of which nothing runs. It can be had back for a week, as it stood. */
        delete: operations["remove-town"];
        options?: never;
        head?: never;
        /** Changes a town: paused or not, draining or not, and its settings. What is left out stays as it is. */
        patch: operations["change-town"];
        trace?: never;
    };
    "/v1/towns/{town}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the agents of a town. */
        get: operations["list-agents"];
        put?: never;
        /** Registers an agent of a rig, by a preset or a command. Agents of one provider share its limits. */
        post: operations["add-agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an agent. */
        get: operations["read-agent"];
        put?: never;
        post?: never;
        /** Removes an agent that has nothing to do; what it did stays in the history of its beads. It can be had back for as long as the town keeps what is over. */
        delete: operations["remove-agent"];
        options?: never;
        head?: never;
        /** Changes an agent: what is left out stays as it is, and what runs goes on as it began. A new program or environment ends its cool-down. */
        patch: operations["change-agent"];
        trace?: never;
    };
    "/v1/towns/{town}/agents/{agent}/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has a host look whether an agent could work, and keeps what it says. */
        post: operations["preflight-agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/agents/{agent}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings back an agent that was removed, as it was set. */
        post: operations["restore-agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/agents/{agent}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops what an agent is at; its bead goes back to the queue, with a pause and no blame. */
        post: operations["stop-agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists attempts, the newest first: of one bead, or of all. */
        get: operations["list-attempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attempts/{fence}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an attempt. */
        get: operations["read-attempt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attempts/{fence}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the commits of an attempt and what they change, as the host that has them tells. */
        get: operations["read-attempt-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attempts/{fence}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what is kept of what an attempt printed, the oldest first. */
        get: operations["read-attempt-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attempts/{fence}/prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what the agent of a run was told to do. */
        get: operations["read-attempt-prompt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what waits for a person, each with the request that mends it. */
        get: operations["read-attention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the commands that were applied, and who asked for each, the newest first. */
        get: operations["list-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists beads, the newest first, or those of them that are asked for: a page may hold fewer than its limit and have a nextCursor, which looks further. */
        get: operations["list-beads"];
        put?: never;
        /** Creates a bead. What it depends on is an id, or `{on, type}` with one of the types `blocks`, `related`, `discovered-from`, `parent-child`. */
        post: operations["create-bead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads:batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Creates beads, 200 at most, with the dependencies among them: all of them or none. `dependsOn` and `parent` take a `ref` of the batch, or an id. */
        post: operations["create-beads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads:export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Exports a rig's beads in the format of `bd export`, a JSON object a line: all of them, or a page. */
        get: operations["export-beads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads:import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Imports beads in the format of `bd export`, a JSON object a line: all of them or none. */
        post: operations["import-beads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a bead, with its dependencies, its notes and its attempts. */
        get: operations["read-bead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a bead: what is left out stays as it is. `hold` makes it wait, null ends that. */
        patch: operations["edit-bead"];
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a bead, in any state; what runs for it is stopped. */
        post: operations["cancel-bead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes a bead by hand, without a run; not while something of it is under way. */
        post: operations["close-bead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/dependencies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds and removes what a bead waits for, or belongs to: all of it or none. */
        post: operations["change-dependencies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the commits of a bead's newest run that has brought any, and what they change. */
        get: operations["read-bead-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says why a bead is where it is: every gate in its way, and what opens it. */
        get: operations["explain-bead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reopens a closed or cancelled bead with its budgets whole: what waits for it waits again, what has begun goes on. */
        post: operations["reopen-bead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries a bead again at once, with whole budgets: parked, cancelled, backing off, or with failures that count against it. */
        post: operations["retry-bead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/beads/{bead}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what happened to a bead, the newest first. */
        get: operations["read-bead-timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/breaker/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes the breaker of a host, so that it is asked again at once. */
        post: operations["close-breaker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists convoys, the newest first. */
        get: operations["list-convoys"];
        put?: never;
        /** Creates a convoy of new beads, of beads that there are, or of both: all of it or none. */
        post: operations["create-convoy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a convoy, with its members, its stages and what waits. */
        get: operations["read-convoy"];
        put?: never;
        post?: never;
        /** Removes a convoy that is over; its members stay. It can be had back for as long as the town keeps what is over. */
        delete: operations["remove-convoy"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}/beads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds and removes members of a convoy: all of it or none. A bead belongs to one convoy at most. */
        post: operations["change-convoy-members"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a convoy, and each of its members that is not over. */
        post: operations["cancel-convoy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Holds a convoy: what of it has not begun waits until it is started. */
        post: operations["hold-convoy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings back a convoy that was removed, with those of its members that are still over and of no other convoy. */
        post: operations["restore-convoy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/convoys/{convoy}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a convoy that is held. */
        post: operations["start-convoy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says how a town is, why, and what to do about it. */
        get: operations["read-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the hosts that may join a town. */
        get: operations["list-hosts"];
        put?: never;
        /** Lets a machine of your own join, with a token that is told this once. */
        post: operations["add-host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/hosts/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a host. */
        get: operations["read-host"];
        put?: never;
        post?: never;
        /** Removes a host: nothing that it says counts any more; with `drain`, its runs may report to their end. */
        delete: operations["remove-host"];
        options?: never;
        head?: never;
        /** Enables or disables a host: a disabled one gets no work, and may finish what it does. */
        patch: operations["change-host"];
        trace?: never;
    };
    "/v1/towns/{town}/hosts/{host}/takeover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a host's place to the machine that dials as it and is not let in. */
        post: operations["take-over-host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/hosts/{host}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replaces a host's token, which is told this once; the former one is worth nothing from now on, and what runs goes on. */
        post: operations["replace-host-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the times at which the loop, or what it keeps, was not well, the newest first. */
        get: operations["list-incidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/incidents/{incident}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Dismisses an incident that nothing else can end, once it was read. */
        post: operations["dismiss-incident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/invariants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Checks the town's rows against what must always hold: what lives, and then the history, some of it with each page. */
        get: operations["read-invariants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a town's figures as OpenMetrics text, for a scraper. */
        get: operations["read-metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what the next pass would do, what it would not do and by which gate, and does nothing. */
        get: operations["preview-plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the providers that are known to be in trouble, or were. */
        get: operations["list-providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/providers/{provider}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the agents of a provider go on at once, whatever its last answer was. */
        post: operations["retry-provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the events that could not be applied, the newest first. */
        get: operations["list-quarantined"];
        put?: never;
        post?: never;
        /** Dismisses all events that could not be applied. */
        delete: operations["dismiss-all-quarantined"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/quarantine/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Dismisses an event that could not be applied, once it was read. */
        delete: operations["dismiss-quarantined"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Looks at everything anew, rows that can't be read included, and runs a pass now; then says how the town is. */
        post: operations["reconcile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/removed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the agents, rigs and convoys that were removed and can be had back, the newest first. */
        get: operations["list-removed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings back a town that was removed, as it stood. */
        post: operations["restore-town"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/rigs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the rigs of a town. */
        get: operations["list-rigs"];
        put?: never;
        /** Adds a rig. Without a `defaultBranch` a host looks at its remote, and it is the one that the remote names. `begin` has the first commit of an empty repository made. */
        post: operations["add-rig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/rigs/{rig}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a rig. */
        get: operations["read-rig"];
        put?: never;
        post?: never;
        /** Removes a rig that has no agents, and whose beads are all over: their history stays. Its repository is not touched. It can be had back for as long as the town keeps what is over. */
        delete: operations["remove-rig"];
        options?: never;
        head?: never;
        /** Changes a rig: what is left out stays as it is. A cap of null is the town's, a `defaultBranch` of null the remote's, `trailers` of null the host's. What waits to land and isn't at a new address is done again. */
        patch: operations["change-rig"];
        trace?: never;
    };
    "/v1/towns/{town}/rigs/{rig}/landings/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries what waits for a rig's remote or gate at once; where nothing waits, a host looks at its repository. */
        post: operations["retry-landings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/rigs/{rig}/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has a host look what is at a rig's URL, and keeps the default branch that it finds, unless one was named. */
        post: operations["preflight-rig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/rigs/{rig}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings back a rig that was removed, as it was set. */
        post: operations["restore-rig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/session-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a token for a page or a stream: to read one town for a quarter of an hour, as far as the one that asks may. */
        post: operations["create-session-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what is so now, and then what changes: as server-sent events, or by WebSocket where it is asked for one (docs/stream.md). */
        get: operations["follow-town"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/ticks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the last ticks in which something happened, the newest first. */
        get: operations["list-ticks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/unreadable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what could not be read and is set aside, the newest first. */
        get: operations["list-unreadable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/unreadable/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Dismisses what could not be read, once it was put right or is wanted no more. */
        delete: operations["dismiss-unreadable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the webhooks of a town: who else is told of what happens in it. */
        get: operations["list-webhooks"];
        put?: never;
        /** Has a URL of yours told of what happens in this town; the secret that signs it is told this once. */
        post: operations["add-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/webhooks/{webhook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a webhook, without its secret. */
        get: operations["read-webhook"];
        put?: never;
        post?: never;
        /** Removes a webhook, with its secret and all that waits for it; a call that is out may still arrive. */
        delete: operations["remove-webhook"];
        options?: never;
        head?: never;
        /** Changes where a webhook leads or what it is told of, disables it, or enables it: then what has waited goes out. */
        patch: operations["change-webhook"];
        trace?: never;
    };
    "/v1/towns/{town}/webhooks/{webhook}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what a webhook was told, is to be told, and could not be told, the newest first. */
        get: operations["list-webhook-deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/webhooks/{webhook}/deliveries/{delivery}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a delivery once more, whatever became of it, under the same `webhook-id` and with as many tries as a new one. */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/webhooks/{webhook}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a webhook a new secret, which is told this once; for a day deliveries are signed with the former one too. */
        post: operations["rotate-webhook-secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/towns/{town}/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a webhook an event that tells of nothing, whatever it is told of; its deliveries tell what came of it. */
        post: operations["test-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/watchtower": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the towns that the watchtower finds in trouble. */
        get: operations["read-watchtower"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Who asked: by the token that the request came with, or as Cloudflare Access says. */
        Actor: {
            /** @enum {string} */
            type: "operator" | "token" | "person";
            id: string;
            name: string;
        };
        Agent: {
            id: string;
            rig: string;
            role: string;
            command: string[];
            /** @enum {string} */
            preset: "claude" | "codex" | "opencode" | "gemini" | "exec";
            /** @enum {string} */
            driver: "exec" | "acp";
            model?: string | null;
            maxCostUsd?: number | null;
            maxTokens?: number | null;
            /** @enum {string} */
            permissions?: "allow" | "deny";
            resume?: boolean;
            /** @description when it tells what it uses; null: that is not known */
            tells: {
                /** @enum {string} */
                tokens: "step" | "turn" | "never";
                /** @enum {string} */
                cost: "step" | "turn" | "never";
            } | null;
            /** @description names alone: the values may be secrets */
            env: string[];
            startFrom: "main" | null;
            maxRunMs: number;
            /** @enum {string} */
            status: "idle" | "starting" | "working" | "stopping";
            bead: string | null;
            fence: number | null;
            enabled: boolean;
            paused: components["schemas"]["Pause"] | null;
            provider: string | null;
            troubles: number;
            trouble: components["schemas"]["Failure"] | null;
            doubts: components["schemas"]["Doubt"][];
            preflight: {
                /** @enum {string} */
                state: "pending" | "passed" | "failed" | "unknown";
                at: string | null;
                checks: {
                    name: string;
                    ok: boolean;
                    detail: string;
                    hint: string | null;
                }[];
            } | null;
            notBeforeAt: string | null;
            createdAt: string | null;
        };
        Attempt: {
            fence: number;
            /** @enum {string} */
            kind: "run" | "landing";
            bead: string;
            /** @description the joined host; null: the town's own */
            host: string | null;
            /** @description null for a landing */
            agent: string | null;
            /** @enum {string} */
            state: "starting" | "running" | "stopping" | "finished" | "failed" | "released" | "stopped";
            failure: components["schemas"]["Failure"] | null;
            progress: string | null;
            step: components["schemas"]["Step"] | null;
            usage: components["schemas"]["Usage"] | null;
            startedAt: string | null;
            /** @description when its host agreed */
            acceptedAt: string | null;
            endedAt: string | null;
            /** @description how long its silence is fine */
            leaseUntil: string | null;
            /** @description as its host was told, also where the settings have changed */
            leaseMs: number | null;
            heartbeatMs: number | null;
            limitMs: number | null;
            agentActiveAt: string | null;
            /** @description how far its silence was answered: 0 not at all, 1 nudged, 2 escalated, 3 stopped */
            stall: number;
            branch: string | null;
            head: string | null;
            outputTail: string | null;
            hostBoot: string | null;
        };
        AttemptLog: {
            fence: number;
            bead: string;
            /** @enum {string} */
            state: "starting" | "running" | "stopping" | "finished" | "failed" | "released" | "stopped";
            /** @description it ended so long ago that what it printed is gone */
            pruned: boolean;
            pieces: {
                at: string | null;
                text: string;
            }[];
        };
        AttemptPrompt: {
            fence: number;
            bead: string;
            /** @description null for a landing */
            agent: string | null;
            /** @description as the town sent it, but for what was changed since */
            text: string;
            /** @description what of the bead was changed since the run began: that stands here as it is now */
            changedSince: ("title" | "body" | "acceptance")[];
            /** @description there was an earlier run: where this one went on with its work, its host said at the end of the prompt what that was */
            mayGoOn: boolean;
        };
        Attention: {
            items: components["schemas"]["AttentionItem"][];
            /** @description how many there are of each kind that there is */
            counts: {
                [key: string]: number;
            };
            /** @description how many are not shown */
            more: number;
        };
        AttentionItem: {
            /** @description the same for as long as this trouble lasts, and no other item has it */
            key: string;
            kind: string;
            /**
             * @description a town, a rig, a host or a provider stands; one bead, agent, event or webhook does; nothing waits for it
             * @enum {string}
             */
            severity: "critical" | "warning" | "notice";
            target: {
                /** @enum {string} */
                type: "town" | "rig" | "host" | "provider" | "agent" | "bead" | "event" | "incident" | "row" | "webhook";
                id: string;
            };
            since: string | null;
            /** @description how often it came to nothing so far */
            times: number;
            what: string;
            /** @description what the town does until then */
            meanwhile: string;
            /** @description when it looks, or tries, by itself; null: it does not */
            nextAt: string | null;
            /** @description what a person has to do before the verb is of use; null: nothing */
            hint: string | null;
            evidence: {
                [key: string]: unknown;
            };
            /** @description the request that mends it; null: none does, the hint says what will */
            verb: {
                /** @enum {string} */
                method: "POST" | "PATCH" | "DELETE";
                path: string;
                body: {
                    [key: string]: unknown;
                } | null;
            } | null;
            /** @description what a person types at a terminal for the verb; null: nothing does the same */
            command: string | null;
        };
        /** @description A command that was applied: who asked for it, when, and how it came. */
        Audited: {
            at: string | null;
            /** @description the tick that applied it; 0: the town’s creation */
            tick: number;
            command: string;
            actor?: components["schemas"]["Actor"];
            /** @description the answer's `x-request-id` */
            requestId?: string;
            /**
             * @description what the request came by, as the client says: a program, `town`, the page, MCP
             * @enum {string}
             */
            way?: "api" | "town" | "page" | "mcp";
            /** @description what was asked for, below the town */
            path?: string;
        };
        Bead: {
            id: string;
            rig: string;
            title: string;
            body: string;
            /** @enum {string} */
            type: "task" | "bug" | "chore" | "review" | "epic" | "record";
            /** @description 0 (now) to 4 (some day) */
            priority: number;
            /** @enum {string} */
            status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
            agent: string | null;
            /** @description of its newest attempt */
            fence: number | null;
            /** @description when it is done */
            acceptance: string;
            labels: string[];
            metadata: {
                [key: string]: unknown;
            };
            /** @description paths that it is likely to change */
            touches: string[];
            parent: string | null;
            convoy: string | null;
            /** @description the branch that it lands on; null: the rig's default branch */
            landsOn: string | null;
            hold: {
                by: string;
                why: string;
                since: string | null;
            } | null;
            /** @description beads that must close first, and one more while its convoy is held, or its parent waits */
            blockedBy: number;
            failures: number;
            reworks: number;
            notBeforeAt: string | null;
            lastFailure: components["schemas"]["Failure"] | null;
            strikes: {
                agent: string;
                /** @enum {string} */
                kind: "refused" | "unreachable" | "timed_out" | "provider_limited" | "auth" | "agent_failed" | "lost" | "rig_trouble" | "withdrawn";
                message: string;
                at: string | null;
            }[];
            branch: string | null;
            head: string | null;
            /** @description `no_change`: its agent said that there was nothing to do */
            closedAs: "no_change" | null;
            startFrom: "main" | null;
            createdAt: string | null;
            /** @description null: the town itself, or that was not kept */
            createdBy: components["schemas"]["Actor"] | null;
            updatedAt: string | null;
            /** @description when it came to its end; a parked one has not */
            closedAt: string | null;
            parkedAt: string | null;
        };
        BeadDetail: {
            id: string;
            rig: string;
            title: string;
            body: string;
            /** @enum {string} */
            type: "task" | "bug" | "chore" | "review" | "epic" | "record";
            /** @description 0 (now) to 4 (some day) */
            priority: number;
            /** @enum {string} */
            status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
            agent: string | null;
            /** @description of its newest attempt */
            fence: number | null;
            /** @description when it is done */
            acceptance: string;
            labels: string[];
            metadata: {
                [key: string]: unknown;
            };
            /** @description paths that it is likely to change */
            touches: string[];
            parent: string | null;
            convoy: string | null;
            /** @description the branch that it lands on; null: the rig's default branch */
            landsOn: string | null;
            hold: {
                by: string;
                why: string;
                since: string | null;
            } | null;
            /** @description beads that must close first, and one more while its convoy is held, or its parent waits */
            blockedBy: number;
            failures: number;
            reworks: number;
            notBeforeAt: string | null;
            lastFailure: components["schemas"]["Failure"] | null;
            strikes: {
                agent: string;
                /** @enum {string} */
                kind: "refused" | "unreachable" | "timed_out" | "provider_limited" | "auth" | "agent_failed" | "lost" | "rig_trouble" | "withdrawn";
                message: string;
                at: string | null;
            }[];
            branch: string | null;
            head: string | null;
            /** @description `no_change`: its agent said that there was nothing to do */
            closedAs: "no_change" | null;
            startFrom: "main" | null;
            createdAt: string | null;
            /** @description null: the town itself, or that was not kept */
            createdBy: components["schemas"]["Actor"] | null;
            updatedAt: string | null;
            /** @description when it came to its end; a parked one has not */
            closedAt: string | null;
            parkedAt: string | null;
            dependsOn: {
                id: string;
                /** @enum {string} */
                type: "blocks" | "related" | "discovered-from" | "waits-for" | "waits-for-any" | "parent-child";
            }[];
            /** @description those that depend on it */
            blocks: {
                id: string;
                /** @enum {string} */
                type: "blocks" | "related" | "discovered-from" | "waits-for" | "waits-for-any" | "parent-child";
            }[];
            /** @description the newest of them, oldest first; its timeline has all */
            notes: {
                at: string | null;
                /** @enum {string} */
                kind: "conflict" | "gate_failed" | "past_gate" | "landing" | "declined" | "no_change" | "agent_failed" | "parked" | "cancelled" | "stopped" | "retried" | "given_back" | "refused_report" | "edited" | "held" | "unheld" | "dependencies" | "reopened" | "convoy" | "nudged" | "escalated" | "stalled";
                text: string;
                /** @description whose command it came of; null: the town, a run or a landing */
                by: components["schemas"]["Actor"] | null;
            }[];
            /** @description the newest of them, newest first */
            attempts: components["schemas"]["Attempt"][];
        };
        Breaker: {
            open: boolean;
            /** @description in a row */
            failures: number;
            since: string | null;
            nextTryAt: string | null;
            failure: components["schemas"]["Failure"] | null;
        };
        /** @description What has changed, as it is now. */
        Change: {
            /** @constant */
            type: "change";
            /** @description never falls; `after` takes it */
            seq: number;
            at: string | null;
            /**
             * @description by WebSocket: answer it with `{ack: seq}`
             * @constant
             */
            ack?: true;
            health?: components["schemas"]["Health"];
            attention?: components["schemas"]["Attention"];
            town?: components["schemas"]["DesiredTown"];
            beads?: components["schemas"]["Bead"][];
            convoys?: components["schemas"]["ConvoySummary"][];
            agents?: components["schemas"]["Agent"][];
            attempts?: components["schemas"]["Attempt"][];
            rigs?: components["schemas"]["Rig"][];
            hosts?: components["schemas"]["Host"][];
            providers?: components["schemas"]["Provider"][];
            incidents?: components["schemas"]["Incident"][];
            gone?: {
                /** @enum {string} */
                kind: "bead" | "convoy" | "agent" | "attempt" | "rig" | "host" | "provider" | "incident";
                id: string;
            }[];
        };
        Convoy: {
            id: string;
            title: string;
            /** @enum {string} */
            state: "held" | "running" | "closed" | "cancelled";
            /** @enum {string} */
            onFailure: "block" | "continue";
            branch: string | null;
            createdAt: string | null;
            closedAt: string | null;
            progress: {
                total: number;
                open: number;
                in_progress: number;
                in_review: number;
                closed: number;
                failed: number;
                cancelled: number;
                percent: number;
            };
            members: {
                id: string;
                rig: string;
                title: string;
                /** @enum {string} */
                status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
                agent: string | null;
                /** @description of those that can run side by side, which */
                wave: number;
            }[];
            /** @description its members by wave */
            stages: string[][];
            criticalPath: string[];
            /** @description members that can't begin, and what they wait for */
            waiting: {
                id: string;
                for: string[];
                held: boolean;
            }[];
        };
        ConvoySummary: {
            id: string;
            title: string;
            /** @enum {string} */
            state: "held" | "running" | "closed" | "cancelled";
            /** @enum {string} */
            onFailure: "block" | "continue";
            branch: string | null;
            createdAt: string | null;
            closedAt: string | null;
            progress: {
                total: number;
                open: number;
                in_progress: number;
                in_review: number;
                closed: number;
                failed: number;
                cancelled: number;
                percent: number;
            };
        };
        DesiredTown: {
            name: string;
            paused: components["schemas"]["Pause"] | null;
            draining: boolean;
            settings: components["schemas"]["Settings"];
            breaker: components["schemas"]["Breaker"] | null;
        };
        Diff: {
            bead: string;
            /** @description the run whose work this is */
            fence: number;
            /** @description where that was pushed; it goes once the work has landed */
            branch: string;
            /** @description the branch that it is for */
            onto: string;
            /** @description what shows the same in a clone of the repository */
            command: string;
            /** @description what the changes are shown against; null: there was nothing before */
            base: string | null;
            /**
             * @description how the base is known: `attempt`: its host has said so; `branch`: it is where the work left the branch that it is for; `commits`: all is on that branch, and the bead's trailers, or else the last commit alone, tell
             * @enum {string}
             */
            baseFrom: "attempt" | "branch" | "commits";
            head: string;
            /** @description the newest first */
            commits: components["schemas"]["DiffCommit"][];
            /** @description that are not listed */
            moreCommits: number;
            files: components["schemas"]["DiffFile"][];
            /** @description that are not listed */
            moreFiles: number;
            /** @description something was left out, or cut: the files say what */
            truncated: boolean;
        };
        DiffCommit: {
            hash: string;
            /** @description two or more: a merge */
            parents: string[];
            subject: string;
            author: string;
            /** @description when it was written, by its author's clock */
            at: string | null;
            trailers: {
                name: string;
                value: string;
            }[];
        };
        DiffFile: {
            /** @description in quotes, as git writes it, where it holds unusual characters */
            path: string;
            /** @description where it was before, if it was moved */
            oldPath: string | null;
            /** @enum {string} */
            status: "added" | "deleted" | "modified" | "renamed" | "type_changed";
            /**
             * @description `lfs`: what stands here is a pointer of Git LFS
             * @enum {string}
             */
            kind: "file" | "symlink" | "submodule" | "lfs";
            /** @description where its mode changes, such as `100644 → 100755` */
            modes: string | null;
            binary: boolean;
            /** @description lines; null: of what is binary, or was not looked at */
            additions: number | null;
            deletions: number | null;
            /** @description null: there was no such file */
            oldBytes: number | null;
            /** @description null: there is none any more */
            bytes: number | null;
            /** @description its hunks, for reading: secrets and control characters are replaced. Null: `binary`, or see `truncated` */
            patch: string | null;
            /** @description `cut`: the patch goes on; `too_large`: the file is too large to be compared; `left_out`: there was no room or time for it. Null: all of it is here */
            truncated: ("cut" | "too_large" | "left_out") | null;
        };
        Dismissed: {
            /** @description of an incident: its id; of others: how many */
            dismissed: number;
        };
        /** @description A failure that may be the bead's, the agent's or the provider's; they are kept apart until then. */
        Doubt: {
            bead: string;
            agent: string;
            /** @enum {string} */
            kind: "refused" | "unreachable" | "timed_out" | "provider_limited" | "auth" | "agent_failed" | "lost" | "rig_trouble" | "withdrawn";
            at: string | null;
            apartUntil: string | null;
        };
        Explanation: {
            bead: string;
            /** @enum {string} */
            status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
            /** @description in one sentence */
            summary: string;
            /** @description the fence of the attempt that is live now */
            runsAs: number | null;
            /** @description every gate in its way, in order, and when it opens by itself */
            gates: {
                gate: string;
                ok: boolean;
                why: string | null;
                until: string | null;
            }[];
            /** @description when the town looks at it again by itself; null: when something else happens */
            nextLookAt: string | null;
            /** @description what the newest try that came to nothing printed last */
            lastTry: {
                fence: number;
                /** @enum {string} */
                kind: "run" | "landing";
                /** @description its last lines; empty: it printed nothing, or that is kept no more */
                tail: string;
            } | null;
            /** @description what a person can do about the first gate that is shut */
            unblock: {
                what: string;
                /** @description the one request that opens the gate; null: time does, or the work of others */
                request: string | null;
                /** @description the words of `npm run town` that do the same */
                command: string | null;
            } | null;
        };
        /** @description How a run or a landing failed. */
        Failure: {
            /** @enum {string} */
            kind: "refused" | "unreachable" | "timed_out" | "provider_limited" | "auth" | "agent_failed" | "lost" | "rig_trouble" | "withdrawn";
            code: string;
            message: string;
            at: string | null;
        };
        Health: {
            /** @enum {string} */
            verdict: "healthy" | "idle" | "late" | "spinning" | "starved" | "stalled" | "paused" | "draining" | "failing" | "unknown";
            /** @description which of the three questions it answers with no; null: none */
            axis: ("ticking" | "converging" | "productive") | null;
            since: string | null;
            /** @description what is wrong, in a sentence; null: nothing */
            cause: string | null;
            /** @description what to do about it */
            hint: string | null;
            evidence: {
                [key: string]: unknown;
            };
            incident: number | null;
            banner: {
                /** @enum {string} */
                level: "red" | "amber";
                text: string;
                /** @description a dismissal counts for this one: an incident, or an escalation of it, shows again */
                key: string;
            } | null;
            /** @description left out before the first tick; so are the next two */
            lastPollStartedAt?: string | null;
            lastPollCompletedAt?: string | null;
            lastPollSucceededAt?: string | null;
            pollStale: boolean;
            pollStaleThresholdMs: number;
            readyUnassignedBeads: number;
            /** @description enabled, idle, nothing on the hook, not cooling down */
            availableAgents: number;
            /** @description ready beads of a rig, and no agent of it that works or will */
            hasStuckQueue: boolean;
            liveAttempts: number;
            errorStreak: number;
            lastError: string | null;
            nextWakeAt: string | null;
            computedAt: string | null;
        };
        Host: {
            id: string;
            enabled: boolean;
            connected: boolean;
            connectedAt: string | null;
            /** @description when it last came or went */
            seenAt: string | null;
            /** @description when anything was last heard of it */
            heardAt: string | null;
            boot: string | null;
            /** @description a machine that dials as this host and is not let in */
            refused: {
                code: string;
                boot: string;
                since: string | null;
                last: string | null;
                times: number;
            } | null;
            breaker: components["schemas"]["Breaker"] | null;
            room: components["schemas"]["Room"] | null;
            createdAt: string | null;
        };
        Imported: {
            created: number;
            /** @description of the beads that were created, in the order in which they were */
            ids: string[];
            /** @description beads that this rig had, and that are now as their lines say */
            updated: number;
            /** @description lines that say nothing new */
            skipped: number;
            /** @description of those created: what is kept, and is no work */
            records: number;
            /** @description lines about something else than an issue, by what they are about: they are kept */
            kept: {
                [key: string]: number;
            };
            /** @description ids that stand in several lines: the newest one was taken */
            duplicates: {
                id: string;
                lines: number[];
                taken: number;
            }[];
            /** @description what differs and was left alone, since it was changed here */
            left: {
                id: string;
                bead: string;
                fields: string[];
                why: string;
            }[];
            /** @description dependencies on what neither this text nor this rig has: they are kept, and bind once it comes */
            unresolved: number;
        };
        /** @description When the loop, or what it keeps, was not well. */
        Incident: {
            id: number;
            /** @enum {string} */
            kind: "stale" | "late" | "failing" | "spinning" | "stuck" | "starved" | "past_gate";
            cause: string;
            hint: string;
            evidence: {
                [key: string]: unknown;
            };
            /** @description who or what ended it, as far as is known */
            healedBy: string | null;
            openedAt: string | null;
            closedAt: string | null;
        };
        InvitedHost: {
            id: string;
            enabled: boolean;
            connected: boolean;
            connectedAt: string | null;
            /** @description when it last came or went */
            seenAt: string | null;
            /** @description when anything was last heard of it */
            heardAt: string | null;
            boot: string | null;
            /** @description a machine that dials as this host and is not let in */
            refused: {
                code: string;
                boot: string;
                since: string | null;
                last: string | null;
                times: number;
            } | null;
            breaker: components["schemas"]["Breaker"] | null;
            room: components["schemas"]["Room"] | null;
            createdAt: string | null;
            token: string;
            join: string;
        };
        McpAnswer: {
            /** @constant */
            jsonrpc: "2.0";
            id: (string | number) | null;
            result?: {
                [key: string]: unknown;
            };
            error?: {
                code: number;
                message: string;
            };
        };
        Moment: {
            at: string | null;
            /** @constant */
            what: "created";
            title: string;
            /** @description whose command it came of; null: the town, a run or a landing */
            by: components["schemas"]["Actor"] | null;
        } | {
            at: string | null;
            /** @constant */
            what: "over";
            /** @enum {string} */
            status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
        } | {
            at: string | null;
            /** @enum {string} */
            kind: "conflict" | "gate_failed" | "past_gate" | "landing" | "declined" | "no_change" | "agent_failed" | "parked" | "cancelled" | "stopped" | "retried" | "given_back" | "refused_report" | "edited" | "held" | "unheld" | "dependencies" | "reopened" | "convoy" | "nudged" | "escalated" | "stalled";
            text: string;
            /** @description whose command it came of; null: the town, a run or a landing */
            by: components["schemas"]["Actor"] | null;
            /** @constant */
            what: "noted";
        } | {
            at: string | null;
            /** @constant */
            what: "began";
            fence: number;
            /** @enum {string} */
            kind: "run" | "landing";
            /** @description null for a landing */
            agent: string | null;
        } | {
            at: string | null;
            /** @constant */
            what: "ended";
            fence: number;
            /** @enum {string} */
            kind: "run" | "landing";
            /** @description null for a landing */
            agent: string | null;
            /** @enum {string} */
            outcome: "starting" | "running" | "stopping" | "finished" | "failed" | "released" | "stopped";
            failure: components["schemas"]["Failure"] | null;
            head: string | null;
        };
        NewToken: {
            id: string;
            /**
             * @description `operator`: the server's own token; `person`: signed in by Cloudflare Access
             * @enum {string}
             */
            type: "operator" | "token" | "session" | "person";
            name: string;
            /** @description `["*"]`: all */
            towns: string[];
            scopes: ("beads:read" | "beads:write" | "work:control" | "logs:read" | "metrics:read" | "agents:write" | "rigs:write" | "hosts:admin" | "webhooks:admin" | "tokens:admin" | "towns:create" | "towns:delete")[];
            /** @description the set that has just these scopes */
            preset: ("viewer" | "submitter" | "operator" | "admin") | null;
            /** @enum {string} */
            state: "good" | "expired" | "revoked";
            createdBy: components["schemas"]["Actor"] | null;
            createdAt: string | null;
            /** @description null: never */
            expiresAt: string | null;
            /** @description within some minutes */
            lastUsedAt: string | null;
            revokedAt: string | null;
            /** @description told this once */
            token: string;
        };
        Pause: {
            by: string;
            why: string;
            since: string | null;
            /** @description when it ends by itself; null: when an operator resumes it */
            until: string | null;
        };
        Preview: {
            actions: ({
                type: string;
            } & {
                [key: string]: unknown;
            })[];
            /** @description what would begin as well, were it not for a gate */
            refused: ({
                type: string;
                gate: string;
                why: string;
                until: string | null;
            } & {
                [key: string]: unknown;
            })[];
            /** @description what waits since it came to nothing */
            heldBack: {
                action: string;
                times: number;
                why: string;
                until: string | null;
            }[];
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            /**
             * @description a stable word, for programs
             * @enum {string}
             */
            code: "access_misconfigured" | "access_unreachable" | "address_refused" | "agent_changed" | "agent_exists" | "agent_not_found" | "already_cancelled" | "already_closed" | "already_held" | "already_running" | "already_stopping" | "at_work" | "attempt_not_found" | "attempt_pruned" | "bad_line" | "bead_not_found" | "bead_pruned" | "branch_is_default" | "branch_taken" | "breaker_not_open" | "commits_gone" | "convoy_empty" | "convoy_exists" | "convoy_full" | "convoy_not_found" | "convoy_over" | "delivery_not_found" | "dependency_cycle" | "dependency_exists" | "dependency_not_found" | "dependency_pruned" | "dependency_unknown" | "done_already" | "fence_passed" | "fenced" | "git_failed" | "has_parent" | "host_away" | "host_elsewhere" | "host_exists" | "host_not_found" | "host_outdated" | "host_removed" | "in_convoy" | "in_use" | "internal" | "invalid_input" | "invalid_json" | "key_reused" | "last_host" | "looks_busy" | "many_rigs" | "method_not_allowed" | "never_begun" | "no_command" | "no_commits" | "no_route" | "no_signing_key" | "no_such_file" | "no_token" | "no_upgrade" | "nobody_waits" | "not_admitted" | "not_applied" | "not_held" | "not_in_convoy" | "not_json" | "not_over" | "not_quarantined" | "not_set_aside" | "not_waiting" | "nothing_to_dismiss" | "nothing_to_restore" | "nothing_to_retry" | "nothing_to_stop" | "on_branch" | "options_misfit" | "other_list" | "other_site" | "parent_cycle" | "protocol_unsupported" | "rate_limited" | "ref_repeated" | "rig_changed" | "rig_exists" | "rig_not_found" | "rig_unknown" | "run_may_be_alive" | "runs_now" | "scope_missing" | "settings_contradict" | "stall_tiers_fall" | "storage_failing" | "storage_full" | "token_expired" | "token_not_found" | "token_replaced" | "too_deep" | "too_large" | "too_many_lines" | "took_too_long" | "too_many_webhooks" | "town_exists" | "town_not_found" | "town_removed" | "two_parents" | "two_types" | "unauthenticated" | "under_way" | "until_passed" | "version_missing" | "version_passed" | "webhook_disabled" | "webhook_exists" | "webhook_not_found" | "wrong_host" | "wrong_kind" | "wrong_run" | "wrong_town";
            /** @description what is wrong, for people */
            detail: string;
            /** @description how to mend it */
            hint?: string;
            retryable: boolean;
            /** @description each names a field and what it takes */
            errors?: {
                path: string;
                message: string;
            }[];
        };
        Provider: {
            id: string;
            troubles: number;
            trouble: components["schemas"]["Failure"] | null;
            doubts: components["schemas"]["Doubt"][];
            notBeforeAt: string | null;
        };
        /** @description An event that could never be applied. */
        Quarantined: {
            id: number;
            type: string;
            tries: number;
            error: string | null;
            /** @description the beginning of what it says, as it is stored: it may be no JSON */
            payload: string;
            truncated: boolean;
            receivedAt: string | null;
            quarantinedAt: string | null;
        };
        Removed: {
            /** @enum {string} */
            kind: "agent" | "rig" | "convoy";
            id: string;
            removedAt: string | null;
            /** @description from when on it can't be had back; null: the town keeps everything */
            keptUntil: string | null;
            /** @description whether another has its name, and goes first */
            nameInUse: boolean;
        };
        RemovedTown: {
            removed: string;
            /** @description until when it can be had back; null: not at all */
            keptUntil: string | null;
        };
        Rig: {
            id: string;
            repoUrl: string;
            defaultBranch: string;
            /** @enum {string} */
            defaultBranchFrom: "given" | "remote" | "assumed";
            trailers: boolean | null;
            startFrom: "main" | null;
            /** @enum {string} */
            noChange: "close" | "park";
            gate: string[] | null;
            maxGateMs: number;
            landingsAtOnce: number;
            maxAgents: number | null;
            maxInReview: number | null;
            paused: components["schemas"]["Pause"] | null;
            landingTrouble: components["schemas"]["RigTrouble"] | null;
            pushTrouble: components["schemas"]["RigTrouble"] | null;
            createdAt: string | null;
        };
        RigLookedAt: {
            id: string;
            repoUrl: string;
            defaultBranch: string;
            /** @enum {string} */
            defaultBranchFrom: "given" | "remote" | "assumed";
            trailers: boolean | null;
            startFrom: "main" | null;
            /** @enum {string} */
            noChange: "close" | "park";
            gate: string[] | null;
            maxGateMs: number;
            landingsAtOnce: number;
            maxAgents: number | null;
            maxInReview: number | null;
            paused: components["schemas"]["Pause"] | null;
            landingTrouble: components["schemas"]["RigTrouble"] | null;
            pushTrouble: components["schemas"]["RigTrouble"] | null;
            createdAt: string | null;
            look?: {
                ok: boolean;
                detail: string;
                hint: string | null;
            };
        };
        RigRetried: {
            id: string;
            repoUrl: string;
            defaultBranch: string;
            /** @enum {string} */
            defaultBranchFrom: "given" | "remote" | "assumed";
            trailers: boolean | null;
            startFrom: "main" | null;
            /** @enum {string} */
            noChange: "close" | "park";
            gate: string[] | null;
            maxGateMs: number;
            landingsAtOnce: number;
            maxAgents: number | null;
            maxInReview: number | null;
            paused: components["schemas"]["Pause"] | null;
            landingTrouble: components["schemas"]["RigTrouble"] | null;
            pushTrouble: components["schemas"]["RigTrouble"] | null;
            createdAt: string | null;
            look?: {
                ok: boolean;
                detail: string;
                hint: string | null;
            };
            tried: {
                runs: number;
                landings: number;
            };
        };
        /** @description Why a rig's landings, or its runs, wait, and when one is tried. */
        RigTrouble: {
            failure: components["schemas"]["Failure"] | null;
            since: string | null;
            times: number;
            beads: string[];
            nextTryAt: string | null;
            rests: ("asked" | "idle") | null;
        };
        Room: {
            free: number;
            /** @description null: not known */
            places: number | null;
            /** @description why it starts none for now, although it has places */
            lacks: string | null;
        };
        SessionToken: {
            token: string;
            town: string;
            scopes: ("beads:read" | "logs:read" | "metrics:read")[];
            expiresAt: string | null;
        };
        Settings: {
            startDeadlineMs: number;
            firstLeaseMs: number;
            leaseMs: number;
            heartbeatMs: number;
            backoffBaseMs: number;
            backoffCapMs: number;
            /** @enum {string} */
            hosts: "own" | "external";
            startsPerMinute: number;
            providerWaitMs: number;
            pollStaleThresholdMs?: number;
            maxAgents?: number;
            maxAgentsPerRig?: number;
            maxAgentsByRole: {
                [key: string]: number;
            };
            maxInReviewPerRig: number;
            breakerAfter: number;
            dayMinutes: {
                bead?: number;
                rig?: number;
                town?: number;
            };
            overlapWaitMs: number;
            branchPrefix: string;
            agentFailureBudget: number;
            reworkBudget: number;
            unpaidTriesPerDay: number | null;
            limitMarginMs: number;
            stall: {
                nudgeMs: number | null;
                escalateMs: number | null;
                stopMs: number | null;
            };
            stallByRole: {
                [key: string]: {
                    nudgeMs?: number | null;
                    escalateMs?: number | null;
                    stopMs?: number | null;
                };
            };
            retention: {
                days: number | null;
                logDays: number | null;
            };
        };
        /** @description All that is so now: what was known before counts no more. */
        Snapshot: {
            /** @constant */
            type: "snapshot";
            /** @description never falls; `after` takes it */
            seq: number;
            at: string | null;
            /**
             * @description by WebSocket: answer it with `{ack: seq}`
             * @constant
             */
            ack?: true;
            health?: components["schemas"]["Health"];
            attention?: components["schemas"]["Attention"];
            /**
             * @description `missed`: what has changed since `after` is not known any more
             * @enum {string}
             */
            why: "first" | "missed";
            /** @description there are more beads that are not over: GET …/beads lists them */
            more: boolean;
            town?: components["schemas"]["Town"];
            beads?: components["schemas"]["Bead"][];
            convoys?: components["schemas"]["ConvoySummary"][];
            agents?: components["schemas"]["Agent"][];
            attempts?: components["schemas"]["Attempt"][];
            rigs?: components["schemas"]["Rig"][];
            hosts?: components["schemas"]["Host"][];
            providers?: components["schemas"]["Provider"][];
            incidents?: components["schemas"]["Incident"][];
        };
        /** @description The newest of what an agent does. */
        Step: {
            plan?: {
                text: string;
                status: string;
            }[];
            tool?: {
                title: string;
                status: string;
            };
            message?: string;
            /** @description the message is still being said */
            growing?: boolean;
        };
        Tick: {
            tick: number;
            startedAt: string | null;
            /** @description when its effects had settled too */
            completedAt: string | null;
            durationMs: number | null;
            /** @description how late it began after it was due; null: it was not waited for */
            latenessMs: number | null;
            facts: {
                [key: string]: number;
            };
            /** @description what was asked for, and by whom */
            commands: {
                command: string;
                actor?: components["schemas"]["Actor"];
                /** @description the answer's `x-request-id` */
                requestId?: string;
                /**
                 * @description what the request came by, as the client says: a program, `town`, the page, MCP
                 * @enum {string}
                 */
                way?: "api" | "town" | "page" | "mcp";
                /** @description what was asked for, below the town */
                path?: string;
            }[];
            actions: {
                action: string;
                target: string;
                /** @enum {string} */
                outcome: "applied" | "stale" | "failed" | "held";
                why?: string;
            }[];
            launched: {
                action: string;
                fence: number;
            }[];
            settled: {
                action: string;
                fence: number;
                outcome: string;
            }[];
            error: string | null;
            rowsRead: number;
            rowsWritten: number;
        };
        Token: {
            id: string;
            /**
             * @description `operator`: the server's own token; `person`: signed in by Cloudflare Access
             * @enum {string}
             */
            type: "operator" | "token" | "session" | "person";
            name: string;
            /** @description `["*"]`: all */
            towns: string[];
            scopes: ("beads:read" | "beads:write" | "work:control" | "logs:read" | "metrics:read" | "agents:write" | "rigs:write" | "hosts:admin" | "webhooks:admin" | "tokens:admin" | "towns:create" | "towns:delete")[];
            /** @description the set that has just these scopes */
            preset: ("viewer" | "submitter" | "operator" | "admin") | null;
            /** @enum {string} */
            state: "good" | "expired" | "revoked";
            createdBy: components["schemas"]["Actor"] | null;
            createdAt: string | null;
            /** @description null: never */
            expiresAt: string | null;
            /** @description within some minutes */
            lastUsedAt: string | null;
            revokedAt: string | null;
        };
        Town: {
            name: string;
            paused: components["schemas"]["Pause"] | null;
            draining: boolean;
            settings: components["schemas"]["Settings"];
            breaker: components["schemas"]["Breaker"] | null;
            createdAt: string | null;
            beads: {
                total: number;
                open: number;
                in_progress: number;
                in_review: number;
                closed: number;
                failed: number;
                cancelled: number;
                /** @description kept, and no work */
                records?: number;
            };
            agents: {
                total: number;
                idle: number;
                starting: number;
                working: number;
                stopping: number;
            };
            /** @description what is gone of the town's history: up to when, and when more of it may go */
            pruned: {
                beads: number;
                attempts: number;
                through: string | null;
                nextAt: string | null;
            };
        };
        /** @description What stood in a row and can't be read; something else stands in for it. */
        Unreadable: {
            id: number;
            table: string;
            row: string;
            why: string;
            /** @description what stood there, by column, as SQLite writes it */
            values: {
                [key: string]: string;
            };
            at: string | null;
        };
        Usage: {
            inputTokens: number;
            outputTokens: number;
            /** @description the part of the input that was read from the provider's cache */
            cachedTokens: number;
            /** @description null: its program does not tell */
            costUsd: number | null;
        };
        Watchtower: {
            /** @enum {string} */
            mode: "heal" | "detect" | "off";
            troubles: {
                town: string;
                trouble: string | null;
                /** @description times in a row that it did not answer */
                unanswered: number;
                /** @description within the last hour */
                restarts: number;
                /** @description it has been restarted as often as it may be: a person must look */
                escalated: boolean;
            }[];
        };
        Webhook: {
            id: string;
            url: string;
            events: ("bead.landed" | "bead.parked" | "convoy.closed" | "attention.opened" | "attention.closed" | "incident.opened" | "incident.closed")[];
            enabled: boolean;
            /** @description why the town itself has disabled it; null: it has not */
            disabled: {
                /** @enum {string} */
                code: "gone" | "failing";
                message: string;
                at: string | null;
            } | null;
            /** @description deliveries that failed one after the other, up to now */
            failures: number;
            failingSince: string | null;
            /** @description deliveries that wait */
            pending: number;
            /** @description after a failure: nothing is sent before this; null: what is due is sent */
            nextAt: string | null;
            /** @description until then deliveries are signed with the former secret too; null: there is none */
            formerSecretUntil: string | null;
            createdAt: string | null;
        };
        /** @description One event, told to one webhook. */
        WebhookDelivery: {
            id: number;
            /** @description as `webhook-id` has it; the same with each try */
            messageId: string;
            type: string;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            /** @description that have ended */
            tries: number;
            /** @description the next try; null: there is none */
            nextAt: string | null;
            last: {
                at: string | null;
                /** @description of the answer; null: there was none */
                status: number | null;
                /** @description the beginning of the answer, or why there was none */
                text: string;
            } | null;
            createdAt: string | null;
        };
        WebhookWithSecret: {
            id: string;
            url: string;
            events: ("bead.landed" | "bead.parked" | "convoy.closed" | "attention.opened" | "attention.closed" | "incident.opened" | "incident.closed")[];
            enabled: boolean;
            /** @description why the town itself has disabled it; null: it has not */
            disabled: {
                /** @enum {string} */
                code: "gone" | "failing";
                message: string;
                at: string | null;
            } | null;
            /** @description deliveries that failed one after the other, up to now */
            failures: number;
            failingSince: string | null;
            /** @description deliveries that wait */
            pending: number;
            /** @description after a failure: nothing is sent before this; null: what is due is sent */
            nextAt: string | null;
            /** @description until then deliveries are signed with the former secret too; null: there is none */
            formerSecretUntil: string | null;
            createdAt: string | null;
            /** @description `whsec_…`, as libraries of Standard Webhooks take it; told this once */
            secret: string;
        };
    };
    responses: {
        /** @description Refused, with a stable `code` and how to mend it (RFC 9457). */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "speak-mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    jsonrpc: "2.0";
                    /** @description left out: a notification, which is taken with 202 and no answer */
                    id?: string | number;
                    method: string;
                    params?: {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpAnswer"];
                };
            };
            /** @description A notification, which is taken and has no answer. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-tokens": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description whose it is, such as `ci` or `ada's laptop` */
                    name: string;
                    /** @enum {string} */
                    preset?: "viewer" | "submitter" | "operator" | "admin";
                    /** @description instead of a preset */
                    scopes?: ("beads:read" | "beads:write" | "work:control" | "logs:read" | "metrics:read" | "agents:write" | "rigs:write" | "hosts:admin" | "webhooks:admin" | "tokens:admin" | "towns:create" | "towns:delete")[];
                    /** @description names of towns, or `["*"]`: all */
                    towns?: [
                        "*"
                    ] | string[];
                    /** @default 90 */
                    expiresInDays?: number;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "revoke-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "rotate-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description for so long the secret before it is taken too
                     * @default 60
                     */
                    overlapMinutes?: number;
                    /** @default 90 */
                    expiresInDays?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-towns": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                removed?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            name: string;
                            /** @description null: before there was a list */
                            createdAt: string | null;
                            removedAt: string | null;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-town": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @default {} */
                    settings?: {
                        startDeadlineMs?: number | null;
                        firstLeaseMs?: number | null;
                        leaseMs?: number | null;
                        heartbeatMs?: number | null;
                        backoffBaseMs?: number | null;
                        backoffCapMs?: number | null;
                        hosts?: ("own" | "external") | null;
                        startsPerMinute?: number | null;
                        providerWaitMs?: number | null;
                        pollStaleThresholdMs?: number | null;
                        maxAgents?: number | null;
                        maxAgentsPerRig?: number | null;
                        maxAgentsByRole?: {
                            [key: string]: number | null;
                        } | null;
                        maxInReviewPerRig?: number | null;
                        breakerAfter?: number | null;
                        dayMinutes?: {
                            bead?: number | null;
                            rig?: number | null;
                            town?: number | null;
                        } | null;
                        overlapWaitMs?: number | null;
                        branchPrefix?: string | null;
                        agentFailureBudget?: number | null;
                        reworkBudget?: number | null;
                        unpaidTriesPerDay?: number | null;
                        limitMarginMs?: number | null;
                        stall?: {
                            nudgeMs?: number | null;
                            escalateMs?: number | null;
                            stopMs?: number | null;
                        } | null;
                        stallByRole?: {
                            [key: string]: {
                                nudgeMs?: number | null;
                                escalateMs?: number | null;
                                stopMs?: number | null;
                            };
                        } | null;
                        retention?: {
                            days?: number | null;
                            logDays?: number | null;
                        } | null;
                    };
                    /** @default null */
                    paused?: {
                        why: string;
                        /** @default operator */
                        by?: string;
                        /** Format: date-time */
                        until?: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Town"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-town": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Town"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-town": {
        parameters: {
            query?: {
                forever?: "true" | "false";
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedTown"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-town": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. */
                "If-Match"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    paused?: {
                        why: string;
                        /** @default operator */
                        by?: string;
                        /** Format: date-time */
                        until?: string;
                    } | null;
                    draining?: boolean;
                    settings?: {
                        startDeadlineMs?: number | null;
                        firstLeaseMs?: number | null;
                        leaseMs?: number | null;
                        heartbeatMs?: number | null;
                        backoffBaseMs?: number | null;
                        backoffCapMs?: number | null;
                        hosts?: ("own" | "external") | null;
                        startsPerMinute?: number | null;
                        providerWaitMs?: number | null;
                        pollStaleThresholdMs?: number | null;
                        maxAgents?: number | null;
                        maxAgentsPerRig?: number | null;
                        maxAgentsByRole?: {
                            [key: string]: number | null;
                        } | null;
                        maxInReviewPerRig?: number | null;
                        breakerAfter?: number | null;
                        dayMinutes?: {
                            bead?: number | null;
                            rig?: number | null;
                            town?: number | null;
                        } | null;
                        overlapWaitMs?: number | null;
                        branchPrefix?: string | null;
                        agentFailureBudget?: number | null;
                        reworkBudget?: number | null;
                        unpaidTriesPerDay?: number | null;
                        limitMarginMs?: number | null;
                        stall?: {
                            nudgeMs?: number | null;
                            escalateMs?: number | null;
                            stopMs?: number | null;
                        } | null;
                        stallByRole?: {
                            [key: string]: {
                                nudgeMs?: number | null;
                                escalateMs?: number | null;
                                stopMs?: number | null;
                            };
                        } | null;
                        retention?: {
                            days?: number | null;
                            logDays?: number | null;
                        } | null;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DesiredTown"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-agents": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Agent"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "add-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    rig: string;
                    /** @default worker */
                    role?: string;
                    provider?: string | null;
                    /** @enum {string} */
                    preset?: "claude" | "codex" | "opencode" | "gemini" | "exec";
                    command?: string[];
                    /** @enum {string} */
                    driver?: "exec" | "acp";
                    model?: string | null;
                    maxCostUsd?: number | null;
                    maxTokens?: number | null;
                    /** @enum {string} */
                    permissions?: "allow" | "deny";
                    resume?: boolean;
                    /** @default {} */
                    env?: {
                        [key: string]: string;
                    };
                    startFrom?: "main" | null;
                    /** @default 3600000 */
                    maxRunMs?: number;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-agent": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. */
                "If-Match"?: string;
            };
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    enabled?: boolean;
                    paused?: {
                        why: string;
                        /** @default operator */
                        by?: string;
                        /** Format: date-time */
                        until?: string;
                    } | null;
                    provider?: string | null;
                    /** @enum {string} */
                    preset?: "claude" | "codex" | "opencode" | "gemini" | "exec";
                    command?: string[];
                    /** @enum {string} */
                    driver?: "exec" | "acp";
                    model?: string | null;
                    maxCostUsd?: number | null;
                    maxTokens?: number | null;
                    /** @enum {string} */
                    permissions?: "allow" | "deny";
                    resume?: boolean;
                    env?: {
                        [key: string]: string;
                    };
                    envChanges?: {
                        [key: string]: string | null;
                    };
                    startFrom?: "main" | null;
                    maxRunMs?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "preflight-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description whether its tool is to answer one word, which costs a little
                     * @default false
                     */
                    call?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "restore-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "stop-agent": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                    /** @description only if that is still the newest */
                    fence?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-attempts": {
        parameters: {
            query?: {
                bead?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Attempt"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-attempt": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                fence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attempt"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-attempt-diff": {
        parameters: {
            query?: {
                path?: string;
            };
            header?: never;
            path: {
                town: string;
                fence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diff"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-attempt-log": {
        parameters: {
            query?: {
                follow?: "true";
                after?: string;
            };
            header?: never;
            path: {
                town: string;
                fence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptLog"];
                    "text/event-stream": {
                        /** @constant */
                        type: "log";
                        seq: number;
                        at: string | null;
                        text: string;
                        /**
                         * @description by WebSocket: answer it with `{ack: seq}`
                         * @constant
                         */
                        ack?: true;
                    } | {
                        /** @constant */
                        type: "gap";
                        seq: number;
                    } | {
                        /** @constant */
                        type: "end";
                        seq: number;
                        /** @enum {string} */
                        state: "starting" | "running" | "stopping" | "finished" | "failed" | "released" | "stopped";
                    } | {
                        /** @constant */
                        type: "dropped";
                        seq: number;
                        why: string;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-attempt-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                fence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptPrompt"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-attention": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attention"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-audit": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Audited"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-beads": {
        parameters: {
            query?: {
                status?: string;
                rig?: string;
                agent?: string;
                convoy?: string;
                label?: string;
                text?: string;
                since?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Bead"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    rig: string;
                    title: string;
                    /** @default  */
                    body?: string;
                    /** @default  */
                    acceptance?: string;
                    /**
                     * @default task
                     * @enum {string}
                     */
                    type?: "task" | "bug" | "chore" | "review";
                    /** @default 2 */
                    priority?: number;
                    /** @default [] */
                    labels?: string[];
                    /** @default {} */
                    metadata?: {
                        [key: string]: unknown;
                    };
                    /** @default [] */
                    touches?: string[];
                    startFrom?: "main" | null;
                    parent?: string;
                    dependsOn?: (string | {
                        on: string;
                        /**
                         * @default blocks
                         * @enum {string}
                         */
                        type?: "blocks" | "related" | "discovered-from" | "parent-child";
                    })[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-beads": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    beads: {
                        rig: string;
                        title: string;
                        /** @default  */
                        body?: string;
                        /** @default  */
                        acceptance?: string;
                        /**
                         * @default task
                         * @enum {string}
                         */
                        type?: "task" | "bug" | "chore" | "review";
                        /** @default 2 */
                        priority?: number;
                        /** @default [] */
                        labels?: string[];
                        /** @default {} */
                        metadata?: {
                            [key: string]: unknown;
                        };
                        /** @default [] */
                        touches?: string[];
                        startFrom?: "main" | null;
                        parent?: string;
                        dependsOn?: (string | {
                            on: string;
                            /**
                             * @default blocks
                             * @enum {string}
                             */
                            type?: "blocks" | "related" | "discovered-from" | "parent-child";
                        })[];
                        ref?: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Bead"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "export-beads": {
        parameters: {
            query: {
                rig: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Where the next page begins. Left out: this was the last, or all of them are sent. */
                    "next-cursor"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "import-beads": {
        parameters: {
            query: {
                rig: string;
            };
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-bead": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeadDetail"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "edit-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. Asked for (428) where acceptance, body, labels, metadata is changed; `*`: whatever is there. */
                "If-Match"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title?: string;
                    body?: string;
                    acceptance?: string;
                    /** @enum {string} */
                    type?: "task" | "bug" | "chore" | "review";
                    priority?: number;
                    labels?: string[];
                    metadata?: {
                        [key: string]: unknown;
                    };
                    touches?: string[];
                    startFrom?: "main" | null;
                    parent?: string | null;
                    hold?: {
                        why: string;
                        /** @default operator */
                        by?: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "cancel-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                    /** @description only if that is still the newest */
                    fence?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "close-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-dependencies": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default [] */
                    add?: {
                        on: string;
                        /**
                         * @default blocks
                         * @enum {string}
                         */
                        type?: "blocks" | "related" | "discovered-from" | "parent-child";
                    }[];
                    /** @default [] */
                    remove?: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-bead-diff": {
        parameters: {
            query?: {
                path?: string;
            };
            header?: never;
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diff"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "explain-bead": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "reopen-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "retry-bead": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bead"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-bead-timeline": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
                bead: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Moment"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "close-breaker": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description left out: the town's own */
                    host?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DesiredTown"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-convoys": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ConvoySummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    title: string;
                    /**
                     * @default block
                     * @enum {string}
                     */
                    onFailure?: "block" | "continue";
                    /** @default false */
                    held?: boolean;
                    branch?: string;
                    beads?: {
                        rig: string;
                        title: string;
                        /** @default  */
                        body?: string;
                        /** @default  */
                        acceptance?: string;
                        /**
                         * @default task
                         * @enum {string}
                         */
                        type?: "task" | "bug" | "chore" | "review";
                        /** @default 2 */
                        priority?: number;
                        /** @default [] */
                        labels?: string[];
                        /** @default {} */
                        metadata?: {
                            [key: string]: unknown;
                        };
                        /** @default [] */
                        touches?: string[];
                        startFrom?: "main" | null;
                        parent?: string;
                        dependsOn?: (string | {
                            on: string;
                            /**
                             * @default blocks
                             * @enum {string}
                             */
                            type?: "blocks" | "related" | "discovered-from" | "parent-child";
                        })[];
                        ref?: string;
                    }[];
                    /** @default [] */
                    members?: string[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-convoy": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConvoySummary"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-convoy-members": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default [] */
                    add?: string[];
                    /** @default [] */
                    remove?: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "cancel-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "hold-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "restore-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "start-convoy": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                convoy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Convoy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-health": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-hosts": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Host"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "add-host": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitedHost"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-host": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-host": {
        parameters: {
            query?: {
                drain?: "true" | "false";
            };
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-host": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. */
                "If-Match"?: string;
            };
            path: {
                town: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    enabled: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "take-over-host": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description left out: the one that dialled last */
                    boot?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "replace-host-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitedHost"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-incidents": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Incident"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "dismiss-incident": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                incident: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default operator */
                    by?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dismissed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-invariants": {
        parameters: {
            query?: {
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        violations: {
                            invariant: string;
                            detail: string;
                        }[];
                        /** @description how far it is: of the beads' numbers, those up to here are checked */
                        beads: {
                            checked: number;
                            of: number;
                        };
                        /** @description goes on with the history; null: all is checked */
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-metrics": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text; version=1.0.0; charset=utf-8": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "preview-plan": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-providers": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Provider"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "retry-provider": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-quarantined": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Quarantined"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "dismiss-all-quarantined": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dismissed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "dismiss-quarantined": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dismissed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reconcile: {
        parameters: {
            query?: {
                dryRun?: "true" | "false";
            };
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"] | components["schemas"]["Preview"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-removed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Removed"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "restore-town": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Town"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-rigs": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Rig"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "add-rig": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    repoUrl: string & (unknown & unknown);
                    defaultBranch?: string;
                    /** @default null */
                    gate?: string[] | null;
                    /** @default 900000 */
                    maxGateMs?: number;
                    /** @default 1 */
                    landingsAtOnce?: number;
                    /** @default null */
                    maxAgents?: number | null;
                    /** @default null */
                    maxInReview?: number | null;
                    trailers?: boolean | null;
                    startFrom?: "main" | null;
                    /** @enum {string} */
                    noChange?: "close" | "park";
                    begin?: boolean;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RigLookedAt"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-rig": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rig"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-rig": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rig"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-rig": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. */
                "If-Match"?: string;
            };
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    paused?: {
                        why: string;
                        /** @default operator */
                        by?: string;
                        /** Format: date-time */
                        until?: string;
                    } | null;
                    repoUrl?: string & (unknown & unknown);
                    defaultBranch?: string | null;
                    gate?: string[] | null;
                    maxGateMs?: number;
                    landingsAtOnce?: number;
                    maxAgents?: number | null;
                    maxInReview?: number | null;
                    trailers?: boolean | null;
                    startFrom?: "main" | null;
                    /** @enum {string} */
                    noChange?: "close" | "park";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RigLookedAt"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "retry-landings": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RigRetried"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "preflight-rig": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description whether an empty repository is to get its first commit
                     * @default false
                     */
                    begin?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RigLookedAt"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "restore-rig": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                rig: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rig"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "create-session-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "follow-town": {
        parameters: {
            query?: {
                after?: string;
                kinds?: string;
                rig?: string;
                bead?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Snapshot"] | components["schemas"]["Change"] | {
                        /** @constant */
                        type: "dropped";
                        seq: number;
                        why: string;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-ticks": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Tick"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-unreadable": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Unreadable"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "dismiss-unreadable": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dismissed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "add-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    url: string;
                    /**
                     * @default [
                     *       "bead.landed",
                     *       "bead.parked",
                     *       "convoy.closed",
                     *       "attention.opened",
                     *       "attention.closed",
                     *       "incident.opened",
                     *       "incident.closed"
                     *     ]
                     */
                    events?: ("bead.landed" | "bead.parked" | "convoy.closed" | "attention.opened" | "attention.closed" | "incident.opened" | "incident.closed")[];
                    /** @default true */
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-webhook": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "remove-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "change-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
                /** @description The `ETag` of what is to be changed, as it was read: if it was changed since, nothing is. */
                "If-Match"?: string;
            };
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    url?: string;
                    events?: ("bead.landed" | "bead.parked" | "convoy.closed" | "attention.opened" | "attention.closed" | "incident.opened" | "incident.closed")[];
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "list-webhook-deliveries": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                webhook: string;
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "rotate-webhook-secret": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "test-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again within a day, the same request with the same key is answered as before and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                town: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "read-watchtower": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Watchtower"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
