def LogOut(request):
    del request.session["username"]
    del request.session["IS_LOGIN"]
    return redirect(reverse('online:index'))
