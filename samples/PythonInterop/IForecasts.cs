using RQ;

namespace PythonInterop;

/// <summary>The functions of forecasts.py that are called from here. Nobody implements this: a Python worker runs them.</summary>
[PythonModule("forecasts")]
public interface IForecasts
{
    Forecast Forecast(IReadOnlyList<double> sold, [PythonKeyword] int days);

    string Receipt(string orderId, [PythonKeyword(OmitNull = true)] string? greeting);
}

/// <summary>What Python returns as a dict, <c>{'per_day': 12.5, 'from_day': date(…), 'days': [...]}</c>.</summary>
public sealed record Forecast(double PerDay, DateOnly FromDay, double[] Days);
