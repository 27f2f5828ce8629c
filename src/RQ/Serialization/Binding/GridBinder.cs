using System.Collections;

namespace RQ.Serialization;

/// <summary>Arrays of several dimensions, from lists within lists that all have the same length.</summary>
internal sealed class GridBinder(Type type)
{
    private const long MostItems = PickleLimits.Values;

    private readonly Type _item = type.GetElementType()!;
    private readonly int _rank = type.GetArrayRank();

    public object? Bind(object data)
    {
        var lengths = new int[_rank];
        object? level = data;
        for (int i = 0; i < _rank; i++)
        {
            if (DataKind.Sequence(level) is not { } list)
            {
                if (i == 0 || lengths[i - 1] > 0)
                    return null;
                break;
            }

            lengths[i] = list.Count;
            level = list.Count > 0 ? list[0] : null;
        }

        Check(data, lengths, 0, MostItems);
        var grid = Array.CreateInstance(_item, lengths);
        Fill(grid, data, new int[_rank], 0);
        return grid;
    }

    /// <summary>Before anything is made, since few lists may say that they are a large grid. Answers how many more items there may be.</summary>
    private long Check(object? data, int[] lengths, int dimension, long most)
    {
        if (DataKind.Sequence(data) is not { } list || list.Count != lengths[dimension])
            throw new FormatException($"its rows are not {_rank} levels of lists of the same length.");
        most -= list.Count;
        if (most < 0)
            throw new FormatException($"it has more than {MostItems} items.");
        for (int i = 0; i < list.Count && dimension < _rank - 1; i++)
            most = Check(list[i], lengths, dimension + 1, most);
        return most;
    }

    private void Fill(Array grid, object? data, int[] at, int dimension)
    {
        var list = (IList)data!;
        for (int i = 0; i < list.Count; i++)
        {
            at[dimension] = i;
            if (dimension < _rank - 1)
                Fill(grid, list[i], at, dimension + 1);
            else
                grid.SetValue(Item(list[i], at), at);
        }
    }

    private object? Item(object? data, int[] at)
    {
        try
        {
            return DataBinder.Bind(data, _item);
        }
        catch (DataBindingException misfit) when (misfit.IsIn($"[{string.Join("][", at)}]"))
        {
            throw;
        }
    }
}
