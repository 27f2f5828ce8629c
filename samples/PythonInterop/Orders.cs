using RQ;

namespace PythonInterop;

/// <summary>What this side of the shop does. Python calls it by the names in [Job].</summary>
public static class Orders
{
    [Job("orders.total")]
    public static decimal Total(Basket basket, decimal discount = 0)
    {
        Console.WriteLine($"{basket.Customer}'s basket has {basket.Lines.Count} lines");
        return Math.Round(basket.Lines.Sum(line => line.Count * line.UnitPrice) * (1 - discount), 2, MidpointRounding.AwayFromZero);
    }
}

/// <summary>In Python a dict: <c>{'customer': 'Zoë', 'lines': [{'article': 'tea', 'count': 2, 'unit_price': Decimal('3.50')}]}</c>.</summary>
public sealed record Basket(string Customer, IReadOnlyList<Line> Lines);

public sealed record Line(string Article, int Count, decimal UnitPrice);
