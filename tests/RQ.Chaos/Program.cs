using RQ.Chaos;
using RQ.Chaos.Cast;
using RQ.Chaos.Roles;

if (args is ["--role", .. var role])
    return await Role.RunAsync(RoleOptions.Parse(role));
try
{
    ChaosOptions options = ChaosOptions.Parse(args);
    if (options.PythonWorkers > 0 && !Troupe.HasPython())
    {
        Console.WriteLine("Python RQ is not installed (apt-get install python3-rq): there are no workers of Python");
        options = options with { PythonWorkers = 0 };
    }

    return await new ChaosRun(options).RunAsync();
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{ChaosOptions.Usage}");
    return 2;
}
