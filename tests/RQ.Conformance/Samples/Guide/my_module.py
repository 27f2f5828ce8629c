"""What a Python site has before its functions move to .NET one by one."""


def count_words(url):
    return len(url.split('/')[-1].split('-'))
