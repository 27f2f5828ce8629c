using System.Collections;

namespace RQ.Serialization;

/// <summary>Arrays of several dimensions, from lists within lists that all have the same length.</summary>
internal sealed class GridBinder(Type type)
{
    private readonly Type _item = type.GetElementType()!;
    private readonly int _rank = type.GetArrayRank();

    public object? Bind(object data)
    {
        var lengths = new int[_rank];
        object? level = data;
        for (int i = 0; i < _rank; i++)
        {
            if (level is not IList list || level is byte[])
                return i > 0 && lengths[i - 1] == 0 ? Array.CreateInstance(_item, lengths) : null;
            lengths[i] = list.Count;
            level = list.Count > 0 ? list[0] : null;
        }

        var grid = Array.CreateInstance(_item, lengths);
        Fill(grid, data, new int[_rank], 0);
        return grid;
    }

    private void Fill(Array grid, object? data, int[] at, int dimension)
    {
        if (data is not IList list || data is byte[] || list.Count != grid.GetLength(dimension))
            throw new FormatException($"its rows are not {_rank} levels of lists of the same length.");
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
