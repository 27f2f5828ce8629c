using System.Linq.Expressions;
using BenchmarkDotNet.Attributes;

namespace RQ.MicroBench;

/// <summary>From a lambda to a call. The lambda is made anew each time, as it is where a user writes it.</summary>
public class CallBenchmarks
{
    private readonly Order _order = new(7, "Ada", ["tea", "milk"]);
    private int _number;

    [Benchmark(Baseline = true)]
    public Expression<Func<int>> TheLambdaAlone()
    {
        int number = _number++;
        return () => Shop.Count(number);
    }

    [Benchmark]
    public JobCall OneSmallArgument()
    {
        int number = _number++;
        Expression<Func<int>> lambda = () => Shop.Count(number);
        return JobCall.FromExpression(lambda);
    }

    [Benchmark]
    public JobCall AnExpressionAsArgument()
    {
        int number = _number++;
        Expression<Func<int>> lambda = () => Shop.Count(number + 1);
        return JobCall.FromExpression(lambda);
    }

    [Benchmark]
    public JobCall ThreeArguments()
    {
        Expression<Func<Task<string>>> lambda = () => Shop.Send("ada@example.com", _order, true);
        return JobCall.FromExpression(lambda);
    }
}
