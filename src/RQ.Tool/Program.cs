using RQ;
using RQ.Tool;

// A work horse has its worker's arguments, but not on its command line, where everyone could read them.
string[] arguments = WorkHorse.IsThisProcess ? WorkHorse.Arguments : args;

// Exit rather than return: a foreground thread that a job has left behind must not keep the process alive.
Environment.Exit(await RqCommand.RunAsync(arguments).ConfigureAwait(false));
