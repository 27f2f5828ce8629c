using RQ.Tool;

// Exit rather than return: a foreground thread that a job has left behind must not keep the process alive.
Environment.Exit(await RqCommand.RunAsync(args).ConfigureAwait(false));
